/** Comments and attachments. Internal comments are rows that some do not see: visibility, not a rule of a field. */
import { definePolicies } from '../../authorization/policies.ts';
import { connection } from '../../authorization/policy-table.ts';
import { authenticated, can, canAsAuthor, canOrAuthor, inherited } from '../../authorization/rules.ts';

const read = can('comment:read');
const attachment = can('attachment:read');
// A write tells whether the task or the file is there: whoever writes may read it.
const add = can('comment:create', 'task:read');
const upload = can('attachment:create', 'task:read');
const removeFile = can('attachment:delete', 'attachment:read');

export const commentPolicies = definePolicies({
  Comment: read,
  'Comment.id': read,
  'Comment.author': read,
  'Comment.body': read,
  'Comment.internal': read,
  'Comment.createdAt': read,
  'Comment.updatedAt': read,
  'Comment.task': can('task:read'),
  ...connection('Comment', read),
  CommentFilter: inherited,
  'CommentFilter.body': inherited,
  'CommentFilter.internal': can('comment.internal:read'),
  'CommentFilter.createdAt': inherited,
  'CommentFilter.author': inherited,
  'CommentFilter.AND': inherited,
  'CommentFilter.OR': inherited,
  'CommentFilter.NOT': inherited,
  CommentListFilter: inherited,
  'CommentListFilter.some': inherited,
  'CommentListFilter.every': inherited,
  'CommentListFilter.none': inherited,
  CommentOrder: inherited,
  'CommentOrder.field': inherited,
  'CommentOrder.direction': inherited,
  CommentOrderField: inherited,
  'CommentOrderField.CREATED_AT': inherited,

  'Mutation.addComment': add,
  'Mutation.addComment(input:)': inherited,
  AddCommentInput: inherited,
  'AddCommentInput.taskId': inherited,
  'AddCommentInput.body': inherited,
  'AddCommentInput.internal': can('comment.internal:read'),
  AddCommentPayload: add,
  'AddCommentPayload.comment': read,

  'Mutation.updateComment': canAsAuthor('comment:create'),
  'Mutation.updateComment(input:)': inherited,
  UpdateCommentInput: inherited,
  'UpdateCommentInput.id': inherited,
  'UpdateCommentInput.expectedUpdatedAt': inherited,
  'UpdateCommentInput.body': inherited,
  UpdateCommentPayload: can('comment:create'),
  'UpdateCommentPayload.comment': read,

  'Mutation.deleteComment': canOrAuthor('comment:moderate', 'comment:read'),
  'Mutation.deleteComment(input:)': inherited,
  DeleteCommentInput: inherited,
  'DeleteCommentInput.id': inherited,
  DeleteCommentPayload: authenticated,
  'DeleteCommentPayload.deletedId': authenticated,

  Attachment: attachment,
  'Attachment.id': attachment,
  'Attachment.filename': attachment,
  'Attachment.contentType': attachment,
  'Attachment.size': attachment,
  'Attachment.sha256': attachment,
  'Attachment.url': attachment,
  'Attachment.createdAt': attachment,
  'Attachment.uploadedBy': attachment,
  ...connection('Attachment', attachment),
  'Mutation.uploadAttachment': upload,
  'Mutation.uploadAttachment(input:)': inherited,
  UploadAttachmentInput: inherited,
  'UploadAttachmentInput.taskId': inherited,
  'UploadAttachmentInput.file': inherited,
  UploadAttachmentPayload: upload,
  'UploadAttachmentPayload.attachment': attachment,

  'Mutation.deleteAttachment': removeFile,
  'Mutation.deleteAttachment(input:)': inherited,
  DeleteAttachmentInput: inherited,
  'DeleteAttachmentInput.id': inherited,
  DeleteAttachmentPayload: removeFile,
  'DeleteAttachmentPayload.deletedId': removeFile,

  AttachmentOrder: inherited,
  'AttachmentOrder.field': inherited,
  'AttachmentOrder.direction': inherited,
  AttachmentOrderField: inherited,
  'AttachmentOrderField.CREATED_AT': inherited,
});
