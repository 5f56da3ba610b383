/** Writes of files. */
import { GraphQLError } from 'graphql';
import { policies } from '../authorization/policies.ts';
import { Upload } from '../upload.ts';
import { actorOf } from './actor-of.ts';
import { Attachment } from './attachment.ts';
import { builder } from './builder.ts';
import { localId } from './global-id.ts';
import { deletedPayload, rowPayload } from './payload.ts';

builder.scalarType('Upload', {
  description: 'A file, sent as the GraphQL multipart request specification says.',
  serialize: () => {
    throw new GraphQLError('A file is never answered.');
  },
  parseValue: (value) => {
    if (value instanceof Upload) return value;
    throw new GraphQLError('Expected a file, sent as multipart/form-data.');
  },
});

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
    type: rowPayload('uploadAttachment', 'attachment', 'Attachment', Attachment),
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
