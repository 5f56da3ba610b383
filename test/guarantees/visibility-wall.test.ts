/**
 * The wall, relation by relation of the data model: what a viewer's statement reads, counts, or filters on through an edge is what the
 * same viewer sees of the target by itself. The expectation is made of plain reads without any edge, and of rows read past the wall.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissionNames } from '../../src/authorization/permissions.ts';
import type { Viewer } from '../../src/authorization/viewer.ts';
import { joinModels, visibleModels } from '../../src/authorization/visibility.ts';
import { createVisibilityWall } from '../../src/authorization/visibility-wall.ts';
import { getDatamodel } from '../../src/generated/pothos.ts';
import { continueAsService, runInDatabaseScope } from '../../src/stores/database-scope.ts';
import { makeEverything } from '../support/everything.ts';
import { anonymous, openWork, type Work } from '../support/work.ts';

type Row = Readonly<Record<string, unknown>>;
type Where = Readonly<Record<string, unknown>>;
interface Delegate {
  findMany(args?: object): Promise<Row[]>;
  findUnique(args: object): Promise<Row | null>;
  count(args?: object): Promise<number>;
  aggregate(args: object): Promise<Row>;
}

let work: Work;
beforeAll(async () => {
  work = await openWork();
  await makeEverything(work);
});
afterAll(() => work?.close());

/** Models that a viewer may touch, with the columns that tell their rows apart. */
const keys: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [...visibleModels().keys()].filter((model) => !joinModels().includes(model)).map((model) => [model, ['id']]),
  ),
  ProjectMember: ['projectId', 'userId'],
  MembershipRole: ['membershipId', 'roleId'],
};

const relations = Object.entries(getDatamodel().datamodel.models).flatMap(([model, { fields }]) =>
  fields.flatMap(({ name, kind, type, isList, isRequired }) =>
    kind === 'object' && keys[model] && keys[type] ? [{ model, name, target: type, isList, isRequired }] : [],
  ),
);

const everyPermission = permissionNames();
const without = (...lacking: string[]) => everyPermission.filter((permission) => !lacking.includes(permission));

/** Each lacks what some model is seen by, and holds what leads there; some hold next to nothing. */
const permissionSets: Readonly<Record<string, readonly string[]>> = {
  everything: everyPermission,
  'everything but member:list': without('member:list'),
  'everything but role:list and apiKey:list': without('role:list', 'apiKey:list'),
  'everything but project:read': without('project:read'),
  'everything but task:read and attachment:read': without('task:read', 'attachment:read'),
  'everything but comment.internal:read': without('comment.internal:read', 'user:approve', 'user.security:read'),
  'everything but comment:read and member:invite': without('comment:read', 'member:invite', 'operation:list'),
  'member:invite alone': ['member:invite'],
  nothing: [],
};

const delegateOf = (model: string): Delegate =>
  (work.db as unknown as Record<string, Delegate>)[model.charAt(0).toLowerCase() + model.slice(1)] as Delegate;

/** Runs as a viewer whose guard lets everything pass: what is hidden here, the wall hides alone. */
function as<T>(viewer: Viewer, run: () => Promise<T>): Promise<T> {
  const scope = {
    organizationId: viewer.organization?.id ?? null,
    userId: viewer.kind === 'user' ? viewer.userId : null,
    guard: () => undefined,
    wall: createVisibilityWall(viewer),
  };
  return runInDatabaseScope(scope, run);
}

const keyOf = (model: string, row: Row): string => (keys[model] ?? []).map((name) => row[name]).join(' ');
const whereOf = (model: string, key: string): Where => {
  const parts = key.split(' ');
  return Object.fromEntries((keys[model] ?? []).map((name, index) => [name, parts[index]]));
};
const selectKey = (model: string) => Object.fromEntries((keys[model] ?? []).map((name) => [name, true]));
const listOf = (value: unknown): readonly Row[] =>
  Array.isArray(value) ? (value as Row[]) : value ? [value as Row] : [];
const keysOf = (model: string, value: unknown) =>
  listOf(value)
    .map((row) => keyOf(model, row))
    .sort();

/** What each visible row leads to, as it is in the database. */
async function truthOf({ model, name, target }: (typeof relations)[number]) {
  const visible = keysOf(model, await delegateOf(model).findMany({ select: selectKey(model) }));
  const seen = new Set(keysOf(target, await delegateOf(target).findMany({ select: selectKey(target) })));
  const select = { ...selectKey(model), [name]: { select: selectKey(target) } };
  const all = await continueAsService('standing', async () => await delegateOf(model).findMany({ select }));
  const raw = new Map(all.map((row) => [keyOf(model, row), keysOf(target, row[name])]));
  const edges = new Map(visible.map((key) => [key, (raw.get(key) ?? []).filter((one) => seen.has(one))]));
  return { edges, targets: [...new Set([...raw.values()].flat())] };
}

describe.each(Object.entries(permissionSets))('a viewer with %s', (_name, permissions) => {
  // The state of a membership is a field of the person, and so is this edge: the rows themselves are seen with member:list.
  const checked = relations
    .map((relation) => [`${relation.model}.${relation.name}`, relation] as const)
    .filter(
      ([edge]) =>
        edge !== 'User.memberships' ||
        !permissions.includes('user.security:read') ||
        permissions.includes('member:list'),
    );
  test.each(checked)(
    '%s leads to what the viewer sees, is counted and filtered on by it, and by nothing else',
    async (edge, relation) => {
      const { model, name, target, isList, isRequired } = relation;
      await as(work.acme.viewerWith(...permissions), async () => {
        const { edges, targets } = await truthOf(relation);
        const delegate = delegateOf(model);
        const read = (rows: readonly Row[]) =>
          new Map(rows.map((row) => [keyOf(model, row), keysOf(target, row[name])] as const));
        const select = { ...selectKey(model), [name]: { select: selectKey(target) } };
        const sorted = (map: ReadonlyMap<string, unknown>) => [...map].sort(([one], [other]) => (one < other ? -1 : 1));
        const expected = sorted(edges);

        expect(sorted(read(await delegate.findMany({ select })))).toEqual(expected);
        expect(sorted(read(await delegate.findMany({ include: { [name]: true } })))).toEqual(expected);
        if (keys[model]?.length === 1) {
          const found = await Promise.all(
            [...edges.keys()].map((id) => delegate.findUnique({ where: { id }, select })),
          );
          expect(sorted(read(found.filter((row) => row !== null)))).toEqual(expected);
        }
        if (isList) {
          const rows = await delegate.findMany({
            select: { ...selectKey(model), _count: { select: { [name]: true } } },
          });
          const counts = rows.map((row) => [keyOf(model, row), (row._count as Row)[name]] as const);
          expect(sorted(new Map(counts))).toEqual(expected.map(([key, found]) => [key, (found as string[]).length]));
        }

        const matching = async (condition: unknown) =>
          keysOf(model, await delegate.findMany({ where: { [name]: condition }, select: selectKey(model) }));
        const those = (holds: (found: readonly string[]) => boolean) =>
          [...edges].flatMap(([key, found]) => (holds(found) ? [key] : [])).sort();
        for (const one of [...targets.slice(0, 2), targets.at(-1) ?? '0190a0a0-0000-7000-8000-000000000000 0']) {
          const where = whereOf(target, one);
          if (isList) {
            expect(await matching({ some: where })).toEqual(those((found) => found.includes(one)));
            expect(await matching({ none: where })).toEqual(those((found) => !found.includes(one)));
            expect(await matching({ every: where })).toEqual(those((found) => found.every((key) => key === one)));
            expect(await matching({ every: { NOT: where } })).toEqual(those((found) => !found.includes(one)));
          } else {
            expect(await matching({ is: where })).toEqual(those((found) => found.includes(one)));
            expect(await matching(where)).toEqual(those((found) => found.includes(one)));
            expect(await matching({ isNot: where })).toEqual(those((found) => !found.includes(one)));
          }
        }
        if (isList) expect(await matching({ some: {} })).toEqual(those((found) => found.length > 0));
        // Prisma takes the null of a compound key for null in all of its columns, the organization's too: by itself it finds nothing.
        else if (!isRequired && edge !== 'PersistedOperationUse.apiKey') {
          expect(await matching(null)).toEqual(those((found) => found.length === 0));
          expect(await matching({ is: null })).toEqual(those((found) => found.length === 0));
          expect(await matching({ isNot: null })).toEqual(those((found) => found.length > 0));
        }
      });
    },
  );
});

test('counts and aggregates are of visible rows, and a write through a viewer’s scope reaches no other', async () => {
  const guest = work.acme.viewerWith('comment:read');
  await as(guest, async () => {
    expect(await work.db.comment.count()).toBe(2);
    expect(await work.db.task.count()).toBe(0);
    expect((await work.db.comment.aggregate({ _count: { _all: true } }))._count._all).toBe(2);
    expect(await work.db.comment.groupBy({ by: ['internal'], _count: { _all: true } })).toEqual([
      { internal: false, _count: { _all: 2 } },
    ]);
    expect(await work.db.comment.updateMany({ where: { internal: true }, data: { body: 'seen' } })).toEqual({
      count: 0,
    });
    expect(await work.db.comment.deleteMany({ where: { internal: true } })).toEqual({ count: 0 });
  });
  expect(await work.acme.run(() => work.db.comment.count({ where: { internal: true, body: 'internal' } }))).toBe(1);
});

test('what cannot be narrowed is refused: a cursor, an order through an edge, and models of nobody', async () => {
  const { db } = work;
  const refused = (viewer: Viewer, run: () => Promise<unknown>) => expect(as(viewer, run)).rejects.toThrow();
  const guest = work.acme.viewerWith('comment:read', 'task:read');
  const id = '0190a0a0-0000-7000-8000-000000000000';
  await refused(guest, async () => db.comment.findMany({ cursor: { id } }));
  await refused(guest, async () => db.task.findMany({ select: { comments: { cursor: { id } } } }));
  await refused(guest, async () => db.task.findMany({ orderBy: { project: { name: 'asc' } } }));
  await refused(guest, async () => db.task.findMany({ orderBy: { comments: { _count: 'asc' } } }));
  await refused(guest, async () => db.task.findMany({ orderBy: { assignee: { email: 'asc' } } }));
  await refused(work.acme.viewerWith(...everyPermission), async () => db.password.findMany());
  await refused(anonymous, async () => db.user.findMany({ select: { password: { select: { hash: true } } } }));
  expect(await as(guest, async () => db.task.count({ orderBy: { assignee: { name: 'asc' } } }))).toBe(3);
});

test('a required edge that must be asked for is not read in a transaction, where it could not be asked for', async () => {
  const viewer = work.acme.viewerWith('apiKey:list', 'member:list', 'user.contact:read');
  await expect(
    as(viewer, async () => work.db.$transaction(async (tx) => await tx.user.findMany({ select: { email: true } }))),
  ).rejects.toThrow('within a transaction');
});

test('an empty visibility adds nothing to a statement', () => {
  const wall = createVisibilityWall(work.acme.viewerWith(...everyPermission));
  const where = { AND: [{ id: 'x' }, { tasks: { every: { assignee: { is: { name: 'x' } } } } }] };
  const select = {
    name: true,
    lead: { select: { name: true } },
    tasks: { select: { id: true }, where: { number: 1 } },
  };
  expect(wall.narrow('Project', 'findMany', { where, select })).toEqual({ args: { where, select }, finish: null });
});

test('every model of the data model has a visibility, or belongs to services alone', () => {
  const closed = ['Password', 'TotpFactor', 'RecoveryCode', 'RefreshToken', 'AccountToken'];
  const known = [...visibleModels().keys(), ...closed];
  expect(Object.keys(getDatamodel().datamodel.models).sort()).toEqual(known.sort());
});
