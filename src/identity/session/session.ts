/** Where one is signed in. */

import { builder } from '../../nouns/builder.ts';
import { policies } from '../policies.ts';

export const Session = builder.prismaNode('Session', {
  description: 'A client in which the viewer is signed in.',
  authScopes: policies.Session,
  select: { id: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['Session.id'] },
  fields: (t) => ({
    userAgent: t.exposeString('userAgent', {
      nullable: true,
      description: 'What the client called itself when it signed in.',
      authScopes: policies['Session.userAgent'],
    }),
    ip: t.exposeString('ip', {
      nullable: true,
      description: 'The address from which it was last renewed.',
      authScopes: policies['Session.ip'],
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the sign-in was.',
      authScopes: policies['Session.createdAt'],
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      description: 'When it was last renewed.',
      authScopes: policies['Session.lastUsedAt'],
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'When it ends, however often it is renewed.',
      authScopes: policies['Session.expiresAt'],
    }),
    current: t.boolean({
      description: 'Whether this request belongs to it.',
      authScopes: policies['Session.current'],
      select: { id: true },
      resolve: ({ id }, _args, { viewer }) => viewer.kind === 'user' && viewer.sessionId === id,
    }),
  }),
});
