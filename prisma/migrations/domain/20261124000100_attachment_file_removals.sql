-- A file whose row goes is written down, to be removed.
create trigger note_file_removal after delete on "Attachment" for each row execute function note_file_removal();
