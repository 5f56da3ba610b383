-- Files whose rows are gone, until their bytes are gone too. The transaction that deletes a row writes its file down here, by whichever way the
-- row goes (itself, its task, project or organization): a process that ends in between, or a store that is away, leaves nothing behind.
create table "PendingFileRemoval" (
  "storageKey" text primary key,
  "since" timestamptz(3) not null default now()
);
-- No grant and no policy: it is of all organizations, and reached by the functions below alone.
alter table "PendingFileRemoval" enable row level security;

create function note_file_removal() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into public."PendingFileRemoval" ("storageKey") values (old."storageKey") on conflict do nothing;
  return null;
end
$$;

-- The oldest names that wait for so long already: younger ones are being removed by whoever deleted their rows.
create function pending_file_removals(older_than_seconds integer, wanted integer)
returns table ("storageKey" text)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if public.current_organization_id() is not null or public.current_user_id() is not null then
    raise exception 'pending_file_removals runs on behalf of nobody' using errcode = 'insufficient_privilege';
  end if;
  return query select p."storageKey" from public."PendingFileRemoval" p
    where p."since" <= now() - make_interval(secs => older_than_seconds) order by p."since" limit wanted;
end
$$;

create function file_removals_done(removed text[]) returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  done integer;
begin
  if public.current_organization_id() is not null or public.current_user_id() is not null then
    raise exception 'file_removals_done runs on behalf of nobody' using errcode = 'insufficient_privilege';
  end if;
  delete from public."PendingFileRemoval" p where p."storageKey" = any(removed);
  get diagnostics done = row_count;
  return done;
end
$$;

revoke all on function public.note_file_removal() from public;
revoke all on function public.pending_file_removals(integer, integer) from public;
grant execute on function public.pending_file_removals(integer, integer) to fieldgate_gateway;
revoke all on function public.file_removals_done(text[]) from public;
grant execute on function public.file_removals_done(text[]) to fieldgate_gateway;
