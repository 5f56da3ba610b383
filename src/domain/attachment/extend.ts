/** What a declaration cannot say of files: where they are downloaded, and how they come and go. */
import { defineAuditActions } from '../../authorization/audit-actions.ts';
import { localId } from '../../authorization/global-id.ts';
import type { NamesOf } from '../../authorization/permissions.ts';
import { definePolicies } from '../../authorization/policies.ts';
import { can, inherited } from '../../authorization/rules.ts';
import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { deletedPayload, rowPayload } from '../../nouns/payload.ts';
import { defineWeights } from '../../operation/field-weights.ts';
import { attachment } from './noun.ts';

const read = can('attachment:read');
// A write tells whether the task or the file is there: whoever writes may read it.
const upload = can('attachment:create', 'task:read');
const removeFile = can('attachment:delete', 'attachment:read');

const policies = definePolicies({
  'Attachment.url': read,
  'Mutation.uploadAttachment': upload,
  'Mutation.uploadAttachment(input:)': inherited,
  UploadAttachmentInput: inherited,
  'UploadAttachmentInput.taskId': inherited,
  'UploadAttachmentInput.file': inherited,
  UploadAttachmentPayload: upload,
  'UploadAttachmentPayload.attachment': read,

  'Mutation.deleteAttachment': removeFile,
  'Mutation.deleteAttachment(input:)': inherited,
  DeleteAttachmentInput: inherited,
  'DeleteAttachmentInput.id': inherited,
  DeleteAttachmentPayload: removeFile,
  'DeleteAttachmentPayload.deletedId': removeFile,
});

// Bytes are looked at, and scanned.
defineWeights({ 'Mutation.uploadAttachment': 10 });

const actions = defineAuditActions({
  'attachment.create': { taskId: read, sha256: read, size: read },
  'attachment.delete': {},
});

declare module '../../authorization/audit-actions.ts' {
  interface AuditActionRegister extends NamesOf<typeof actions> {}
}

builder.prismaObjectField('Attachment', 'url', (t) =>
  t.string({
    description: 'Where it can be downloaded, with the credential that may read this field.',
    authScopes: policies['Attachment.url'],
    select: { id: true },
    resolve: ({ id }, _args, { config }) => new URL(`/files/${id}`, config.publicUrl).href,
  }),
);

const UploadAttachmentInput = builder.inputType('UploadAttachmentInput', {
  description: 'A file for a task.',
  fields: (t) => ({
    taskId: t.id({ required: true, description: 'The global id of the task.' }),
    file: t.field({ type: 'Upload', required: true, description: 'The file.' }),
  }),
});

const DeleteAttachmentInput = builder.inputType('DeleteAttachmentInput', {
  description: 'The file to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The global id.' }) }),
});

builder.mutationFields((t) => ({
  uploadAttachment: t.field({
    type: rowPayload('uploadAttachment', 'attachment', 'Attachment', attachment.type),
    nullable: true,
    description: 'Attaches a file to a task. Multipart requests need the header `x-fieldgate-csrf`.',
    authScopes: policies['Mutation.uploadAttachment'],
    args: { input: t.arg({ type: UploadAttachmentInput, required: true, description: 'What to do it with.' }) },
    resolve: (_root, { input: { taskId, file } }, context) =>
      context.services.attachments.upload(actorOf(context), { taskId: localId(taskId, 'Task'), file }),
  }),
  deleteAttachment: t.field({
    type: deletedPayload('deleteAttachment', 'Attachment'),
    nullable: true,
    description: 'Deletes a file.',
    authScopes: policies['Mutation.deleteAttachment'],
    args: { input: t.arg({ type: DeleteAttachmentInput, required: true, description: 'What to do it with.' }) },
    resolve: (_root, args, context) =>
      context.services.attachments.delete(actorOf(context), localId(args.input.id, 'Attachment')),
  }),
}));
