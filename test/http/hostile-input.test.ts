/** Input that nothing behind the gateway can take is the caller's fault: 400 with a code, never 500, and no resolver runs. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startFrame, type TestFrame } from '../support/frame.ts';

const strict = { accept: 'application/graphql-response+json' };
let gateway: TestFrame;
let calls = 0;
const called = () => {
  calls += 1;
  return null;
};
beforeAll(async () => {
  gateway = await startFrame({
    resolvers: { 'Query.echo': called, 'Query.hello': called, 'Mutation.signIn': called, 'Mutation.change': called },
  });
});
afterAll(() => gateway.close());
beforeEach(() => {
  calls = 0;
});

const search = 'query ($text: String) { echo(text: $text) }';

test.each([
  ['U+0000 in a search', { query: search, variables: { text: 'a\0b' } }, ['text']],
  ['half of a surrogate pair', String.raw`{"query":"${search}","variables":{"text":"\ud83d"}}`, ['text']],
  ['U+0000 in a literal', { query: String.raw`{ echo(text: "\u0000") }` }, ['text']],
  [
    'U+0000 in an address',
    {
      query: 'mutation ($input: SignInInput) { change signIn(input: $input) { id } }',
      variables: { input: { email: '\0@acme.example' } },
    },
    ['input', 'email'],
  ],
  [
    'null for a variable with a default',
    { query: 'query ($if: Boolean = true) { hello @include(if: $if) }', variables: { if: null } },
    ['if'],
  ],
] as const)('%s is BAD_USER_INPUT with its path', async (_name, body, path) => {
  const answer = await gateway.post(body, strict);
  expect([answer.status, ...answer.codes]).toEqual([400, 'BAD_USER_INPUT']);
  expect(answer.body.errors?.[0]?.extensions.issues).toMatchObject([{ path }]);
  expect(calls).toBe(0);
});

test.each(['[', '{', '(', '{a(b:[', '{a:['])('fifty thousand "%s" are OPERATION_TOO_DEEP', async (brackets) => {
  const answer = await gateway.post({ query: `{ echo(text: ${brackets.repeat(50_000)}` }, strict);
  expect([answer.status, ...answer.codes]).toEqual([400, 'OPERATION_TOO_DEEP']);
});
