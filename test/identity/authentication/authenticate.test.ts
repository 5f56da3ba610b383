/** What is asked of the database for a credential, and how often: nothing for one that cannot be right. */
import '../../../src/schema.ts';
import { expect, test } from 'vitest';
import { permissionsOfRoles } from '../../../src/authorization/roles.ts';
import type { AccessTokens } from '../../../src/identity/authentication/access-token.ts';
import { createApiKeySecret } from '../../../src/identity/authentication/api-key.ts';
import { createAuthenticator } from '../../../src/identity/authentication/authenticate.ts';
import type { Database } from '../../../src/stores/database.ts';

/** An authenticator over a database that knows one key, and how many statements that database was sent. */
function authenticatorFor({ prefix, digest }: { prefix: string; digest: string }) {
  const sent: string[] = [];
  let time = 0;
  const row = {
    id: '0190a0a0-0000-7000-8000-000000000001',
    organizationId: '0190a0a0-0000-7000-8000-000000000002',
    slug: 'acme',
    client: 'c',
    digest,
    validUntil: null,
    scopes: ['project:read'],
    allowAdHoc: true,
    allowedNetworks: [],
    budget: null,
    requestsPerMinute: null,
    expiresAt: null,
    revokedAt: null,
    role: { id: 'r', key: 'guest', system: true, permissions: [] },
    makerRoles: null,
    makers: [],
  };
  const db = {
    async $queryRaw(texts: TemplateStringsArray, ...values: unknown[]) {
      sent.push(texts.join('?'));
      return texts.join('').includes('auth_api_key') && values[0] === prefix ? [row] : [];
    },
  } as unknown as Database;
  const authenticator = createAuthenticator({
    db,
    accessTokens: {} as AccessTokens,
    permissionsOf: permissionsOfRoles,
    now: () => time,
  });
  const ask = (apiKey: string) =>
    authenticator.authenticate({ authorization: null, apiKey, organization: null }, '127.0.0.1');
  return { ask, sent, wait: (ms: number) => (time += ms), forget: () => authenticator.forgetOrganization('') };
}

const made = createApiKeySecret();

test.each([
  ['a wrong checksum', made.secret.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))],
  [
    'another secret with the old checksum',
    made.secret.replace(/_(.)(?=[^_]*$)/, (_all, first) => `_${first === 'a' ? 'b' : 'a'}`),
  ],
  ['no checksum', made.secret.slice(0, -6)],
  ['another form', 'fg_nothing'],
  ['nothing', ''],
  ['a space at the end', `${made.secret} `],
])('a key with %s costs no statement', async (_what, key) => {
  const { ask, sent } = authenticatorFor(made);
  await expect(ask(key)).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
  expect(sent).toEqual([]);
});

test('a made-up key with a right checksum costs one look-up, and so do many callers at once', async () => {
  const { ask, sent } = authenticatorFor(made);
  const stranger = createApiKeySecret();
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => ask(stranger.secret)));
  expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
  expect(sent).toHaveLength(1);
});

test('a key is read again after half a second, and at once when it is told of a change', async () => {
  const { ask, sent, wait, forget } = authenticatorFor(made);
  const reads = () => sent.filter((text) => text.includes('select * from')).length;
  expect(await ask(made.secret)).toMatchObject({ kind: 'apiKey', organization: { slug: 'acme' } });
  wait(499);
  await ask(made.secret);
  expect(reads()).toBe(1);
  wait(1);
  await ask(made.secret);
  expect(reads()).toBe(2);
  await ask(made.secret);
  expect(reads()).toBe(2);
  forget();
  await ask(made.secret);
  expect(reads()).toBe(3);
});
