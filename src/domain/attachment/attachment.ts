/** The files of tasks, as they are read. */

import { builder } from '../../nouns/builder.ts';
import { createConnection, type ListKind } from '../../nouns/connection.ts';
import { createOrderInput } from '../../nouns/order-input.ts';
import { policies } from '../policies.ts';

export const Attachment = builder.prismaNode('Attachment', {
  description: 'A file of a task.',
  authScopes: policies.Attachment,
  select: { id: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['Attachment.id'] },
  fields: (t) => ({
    filename: t.exposeString('filename', {
      description: 'The name as it was uploaded.',
      authScopes: policies['Attachment.filename'],
    }),
    contentType: t.exposeString('contentType', {
      description: 'The media type.',
      authScopes: policies['Attachment.contentType'],
    }),
    size: t.exposeInt('size', { description: 'Bytes.', authScopes: policies['Attachment.size'] }),
    sha256: t.exposeString('sha256', {
      description: 'SHA-256 of the bytes, in hex.',
      authScopes: policies['Attachment.sha256'],
    }),
    url: t.string({
      description: 'Where it can be downloaded, with the credential that may read this field.',
      authScopes: policies['Attachment.url'],
      select: { id: true },
      resolve: ({ id }, _args, { config }) => new URL(`/files/${id}`, config.publicUrl).href,
    }),
    uploadedBy: t.relation('uploadedBy', {
      nullable: true,
      description: 'Who uploaded it; null for an API key.',
      authScopes: policies['Attachment.uploadedBy'],
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was uploaded.',
      authScopes: policies['Attachment.createdAt'],
    }),
  }),
});

const orders = { CREATED_AT: { column: 'createdAt', kind: 'date', description: 'By age.' } } as const;
export const AttachmentOrder = createOrderInput('Attachment', orders);

const made = createConnection('Attachment', Attachment as never);
export const attachmentConnection = made.connection;
export const attachmentEdge = made.edge;

/** Attachments as a list. */
export const attachments: ListKind = {
  name: 'Attachment',
  filter: null,
  orders,
  defaultOrder: { field: 'CREATED_AT', direction: 'asc' },
};
