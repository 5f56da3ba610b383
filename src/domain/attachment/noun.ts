/** The files of tasks. */

import { defineNoun } from '../../nouns/define-noun.ts';
import { foreign, instant, integer, relation, text } from '../../nouns/fields.ts';
import { attachmentPermissions } from './permissions.ts';

export const attachment = defineNoun('Attachment', {
  description: 'A file of a task.',
  plural: 'attachments',
  permissions: attachmentPermissions,
  read: 'attachment:read',
  queries: false,
  parent: {
    relation: 'task',
    read: foreign('task:read'),
    list: { name: 'attachments', description: 'Its files. Null when denied.' },
  },
  fields: {
    filename: text({ description: 'The name as it was uploaded.' }),
    contentType: text({ description: 'The media type.' }),
    size: integer({ description: 'Bytes.' }),
    sha256: text({ description: 'SHA-256 of the bytes, in hex.' }),
    uploadedBy: relation({ description: 'Who uploaded it; null for an API key.' }),
    createdAt: instant({ description: 'When it was uploaded.', by: 'age', order: 'default' }),
  },
  storedFile: 'storageKey',
});
