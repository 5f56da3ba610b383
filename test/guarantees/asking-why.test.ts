/** Asking why: a dry run and `explainAccess` tell the same, refusals name what was sent wrongly, and the matrix is asked in parts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.close());

interface Decided {
  readonly coordinate: string;
  readonly decision: string;
  readonly requires: readonly string[];
  readonly lacks: readonly string[];
  readonly belowDenied: boolean;
}

const explain = (operation: string, as = gateway.viewers.acme.guest) =>
  gateway.send<{ explainAccess: { coordinates: readonly Decided[] } | null }>(
    'query ($operation: String!) { explainAccess(operation: $operation) { coordinates { coordinate decision requires lacks belowDenied } } }',
    { operation },
    { as },
  );

const dryRun = async (operation: string, as = gateway.viewers.acme.guest) => {
  const answer = await gateway.send(operation, {}, { as, headers: { 'x-authorization-mode': 'dry-run' } });
  return (answer.extensions.authorization as { decisions: readonly Decided[] }).decisions;
};

describe('a dry run and explainAccess', () => {
  test.each([
    ['a row that decides', '{ projects { nodes { lead { email } } } }'],
    ['a denied field', '{ projects { nodes { name budget } } }'],
    ['a denied root field with more below it', '{ auditEvents(first: 1) { nodes { id actor { id } } } }'],
    ['a denied filter', '{ projects(filter: { budget: { gt: "1" } }) { nodes { name } } }'],
    ['an interface', '{ nodes(ids: []) { id ... on Project { budget } } }'],
    [
      'a field that the viewer of a sign-in answers',
      'mutation { signIn(input: { email: "a", password: "b" }) { viewer { permissions } } }',
    ],
  ])('tell the same of %s', async (_what, operation) => {
    for (const as of [gateway.viewers.acme.guest, gateway.viewers.acme.partner, gateway.viewers.anonymous]) {
      const told = await dryRun(operation, as);
      expect(told.length).toBeGreaterThan(0);
      expect((await explain(operation, as)).expectData().explainAccess?.coordinates).toEqual(told);
    }
  });

  test('say of a row what would open every one', async () => {
    expect(await dryRun('{ viewer { user { email } } }')).toContainEqual({
      coordinate: 'User.email',
      decision: 'PER_ROW',
      requires: ['user.contact:read'],
      lacks: ['user.contact:read'],
      belowDenied: false,
    });
  });

  test('list what lies below a denied coordinate, whose error stays the only one', async () => {
    const operation = '{ auditEvents(first: 1) { nodes { action } } }';
    const told = await dryRun(operation);
    expect(told.filter(({ belowDenied }) => !belowDenied)).toEqual([
      {
        coordinate: 'Query.auditEvents',
        decision: 'DENIED',
        requires: ['audit:read'],
        lacks: ['audit:read'],
        belowDenied: false,
      },
    ]);
    expect(told.filter(({ belowDenied }) => belowDenied).map((one) => [one.coordinate, one.decision])).toEqual([
      ['Query.auditEvents(first:)', 'DENIED'],
      ['AuditEventConnection.nodes', 'DENIED'],
      ['AuditEvent.action', 'DENIED'],
    ]);
    const answer = await gateway.send(operation, {}, { as: gateway.viewers.acme.guest });
    expect(answer.errors.map(({ extensions }) => extensions.coordinate)).toEqual(['Query.auditEvents']);
  });

  test('leave open what is open in one place and below a denied field in another', async () => {
    const operation = `{ auditEvents { totalCount nodes { target { id } } } projects { totalCount nodes { name } } }`;
    const told = new Map((await dryRun(operation)).map((one) => [one.coordinate, one.belowDenied]));
    expect([told.get('Project.name'), told.get('AuditParty.id')]).toEqual([false, true]);
  });

  test('say in words that one way or the other opens a row', async () => {
    const answer = await gateway.send<{ explainAccess: { coordinates: { coordinate: string; rule: string }[] } }>(
      '{ explainAccess(operation: "{ viewer { user { email } } }") { coordinates { coordinate rule } } }',
      {},
      { as: gateway.viewers.acme.guest },
    );
    expect(answer.expectData().explainAccess.coordinates).toContainEqual({
      coordinate: 'User.email',
      rule: 'Anyone who is signed in. And: Whoever holds user.contact:read (See contact data), or the person that the row is about.',
    });
  });
});

describe('what was sent wrongly is named', () => {
  const as = () => gateway.viewers.acme.owner;

  test('a mode that there is not', async () => {
    const headers = { 'x-authorization-mode': 'strict' };
    const answer = await gateway.send('{ __typename }', {}, { as: as(), headers });
    expect([answer.status, answer.codes, answer.errors[0]?.message]).toEqual([
      400,
      ['BAD_REQUEST'],
      'There is no x-authorization-mode "strict". Send "reject", "dry-run" or "null"; without the header it is "null", and denied fields are null.',
    ]);
  });

  test('a role that there is not, with those that there are', async () => {
    const known = 'Roles that you may name: admin, auditor, guest, manager, member, owner, partner';
    const explained = await gateway.send(
      '{ explainAccess(operation: "{ __typename }", as: { role: "nosuch" }) { allowed } }',
      {},
      { as: as() },
    );
    const viewed = await gateway.send('{ __typename }', {}, { as: as(), headers: { 'x-view-as': 'role:nosuch' } });
    for (const answer of [explained, viewed])
      expect([answer.codes, answer.errors[0]?.message]).toEqual([['NOT_FOUND'], `Role not found. ${known}.`]);
    const matrix = await gateway.send('{ accessMatrix(role: ["guest", "nosuch"]) { rule } }', {}, { as: as() });
    expect(matrix.codes).toEqual(['BAD_USER_INPUT']);
    expect(matrix.errors[0]?.extensions.issues).toEqual([{ path: ['role', 1], message: `${known}, anonymous.` }]);
  });

  test('which of several operations, by the argument that says it', async () => {
    const ask = (argument: string) =>
      gateway.send(
        `{ explainAccess(operation: "query A { __typename } query B { __typename }"${argument}) { allowed } }`,
        {},
        { as: as() },
      );
    const unnamed = await ask('');
    expect(unnamed.errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [
        { path: ['operationName'], message: 'The document holds several operations: name one in operationName.' },
      ],
    });
    expect((await ask(', operationName: "C"')).errors[0]?.extensions.issues).toMatchObject([
      { path: ['operationName'] },
    ]);
    expect((await ask(', operationName: "B"')).data).toEqual({ explainAccess: { allowed: true } });
  });
});

describe('a part of the matrix', () => {
  interface Row {
    readonly coordinate: string;
    readonly requires: readonly string[];
    readonly roles: readonly { readonly role: string; readonly decision: string }[];
  }
  const ask = async (filter: string) => {
    const text = `{ accessMatrix${filter} { coordinate requires roles { role decision } } }`;
    const answer = await gateway.send<{ accessMatrix: readonly Row[] }>(text, {}, { as: gateway.viewers.acme.owner });
    return answer.expectData().accessMatrix;
  };

  test('is what the whole says, cut by type, coordinate, role and permission', async () => {
    const whole = await ask('');
    const coordinates = (rows: readonly Row[]) => rows.map(({ coordinate }) => coordinate);
    const project = await ask('(type: "Project")');
    expect(project).toEqual(whole.filter(({ coordinate }) => /^Project(\.|$)/.test(coordinate)));
    expect(coordinates(project)).toEqual(
      expect.arrayContaining(['Project', 'Project.budget', 'Project.tasks(first:)']),
    );
    expect(await ask('(coordinate: "Query.projects")')).toEqual(
      whole.filter(({ coordinate }) => coordinate.startsWith('Query.projects')),
    );
    const budgets = await ask('(permission: "project.budget:read")');
    expect(budgets).toEqual(whole.filter(({ requires }) => requires.includes('project.budget:read')));
    expect(budgets.length).toBeGreaterThan(3);
    expect(await ask('(type: "Project", permission: "project.budget:read", role: ["guest", "anonymous"])')).toEqual(
      ['Project.budget', 'Project.spent'].map((coordinate) => ({
        coordinate,
        requires: ['project:read', 'project.budget:read'],
        roles: [
          { role: 'guest', decision: 'DENIED' },
          { role: 'anonymous', decision: 'DENIED' },
        ],
      })),
    );
  });

  test('is refused by name where it names nothing, instead of being empty', async () => {
    const answer = await gateway.send(
      '{ accessMatrix(type: "Projekt", permission: "project:fly") { rule } }',
      {},
      { as: gateway.viewers.acme.owner },
    );
    expect(answer.errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [
        { path: ['type'], message: 'There is no such type.' },
        { path: ['permission'], message: 'There is no such permission.' },
      ],
    });
  });
});
