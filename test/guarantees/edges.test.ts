/**
 * Every edge of the schema against `node(id)`: what an edge, its count, or a filter through it shows is what the same viewer gets by its
 * id. The edges are read off the schema, so that a new one is held to it as well.
 */
import {
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { permissionNames } from '../../src/authorization/permissions.ts';
import type { ApiKeyViewer, Viewer } from '../../src/authorization/viewer.ts';
import { visibleModels } from '../../src/authorization/visibility.ts';
import { buildPublicSchema } from '../../src/schema.ts';
import { person } from '../authorization/viewers.ts';
import { type Everything, makeEverything } from '../support/everything.ts';
import { globalId, openWork, type Work } from '../support/work.ts';

let work: Work;
let made: Everything;
/** Global ids of everything in acme, by type. */
const ids = new Map<string, string[]>();

const schema = buildPublicSchema();
const modelOf = (type: unknown) =>
  isObjectType(type) ? ((type.extensions.pothosPrismaModel as string | undefined) ?? null) : null;

interface Edge {
  readonly type: string;
  readonly field: string;
  readonly target: string;
  readonly shape: 'one' | 'list' | 'connection';
}

const nouns = Object.values(schema.getTypeMap()).filter((type): type is GraphQLObjectType => modelOf(type) !== null);
const edges = nouns.flatMap((type) =>
  Object.values(type.getFields()).flatMap((field): Edge[] => {
    const returned = getNamedType(field.type);
    const node = isObjectType(returned) ? getNamedType(returned.getFields().nodes?.type) : null;
    const target = modelOf(returned) ? returned : modelOf(node) ? node : null;
    if (!target) return [];
    const nullable = getNullableType(field.type);
    const shape = target !== returned ? 'connection' : isListType(nullable) ? 'list' : 'one';
    return [{ type: type.name, field: field.name, target: target.name, shape }];
  }),
);
const nameOf = ({ type, field }: Edge) => `${type}.${field}`;

beforeAll(async () => {
  work = await openWork();
  made = await makeEverything(work);
  for (const { name } of nouns) {
    const of = ['User', 'Organization', 'Session'].includes(name) ? '' : `where "organizationId" = '${work.acme.id}'`;
    const rows = await work.asOwner(`select "id" from "${name}" ${of} order by "id"`);
    ids.set(
      name,
      rows.map(({ id }) => globalId(name, String(id))),
    );
  }
});
afterAll(() => work?.close());

const everyPermission = permissionNames();
const without = (lacking: string) => everyPermission.filter((permission) => permission !== lacking);

/** Those without which some model is seen otherwise. */
const seeing = everyPermission.filter((permission) =>
  [...visibleModels().values()].some(
    ({ rows: visible }) =>
      JSON.stringify(visible(person(...without(permission)))) !== JSON.stringify(visible(person(...everyPermission))),
  ),
);
const permissionSets = [
  everyPermission,
  ...seeing.map(without),
  ...seeing.map((alone) => [alone]),
  ['apiKey:list', 'operation:list'],
  ['member:list', 'user.contact:read'],
  [],
];

type Found = ReadonlyMap<string, readonly string[]>;

/** Which rows a viewer gets by their ids. */
async function seenBy(viewer: Viewer): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  for (const of of ids.values())
    for (let start = 0; start < of.length; start += 100) {
      const text = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
      const { data, errors } = await work.send(viewer, text, { ids: of.slice(start, start + 100) });
      expect(errors).toEqual([]);
      for (const node of data.nodes) if (node) seen.add(node.id);
    }
  return seen;
}

/** Where an edge leads, of each row that the viewer sees; null where the field is denied. */
async function read(viewer: Viewer, edge: Edge, seen: ReadonlySet<string>): Promise<Found | null> {
  const { type, field, shape } = edge;
  const selected = shape === 'connection' ? `${field}(first: 100) { totalCount nodes { id } }` : `${field} { id }`;
  const asked = (ids.get(type) ?? []).filter((id) => seen.has(id));
  const text = `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on ${type} { ${selected} } } }`;
  const { data, codes } = await work.send(viewer, text, { ids: asked });
  expect(codes.filter((code) => code !== 'FORBIDDEN')).toEqual([]);
  if (codes.length > 0 && !data.nodes?.some((node: Record<string, unknown>) => node[field] !== null)) return null;
  const found = new Map<string, string[]>();
  for (const node of data.nodes) {
    const value = node[field];
    // Of a person, the row decides: what is denied for this one is null.
    if (value === null && shape !== 'one') continue;
    const rows = shape === 'connection' ? value.nodes : shape === 'list' ? value : value ? [value] : [];
    if (shape === 'connection') expect(value.totalCount).toBe(rows.length);
    found.set(
      node.id,
      rows.map(({ id }: { id: string }) => id),
    );
  }
  return found;
}

const viewersOf = () => permissionSets.map((permissions) => work.acme.viewerWith(...permissions));

test('an edge shows what node(id) shows of its target, and so does its count', async () => {
  const everything = work.acme.viewerWith(...everyPermission);
  const seenByAll = await seenBy(everything);
  const all = new Map<string, Found>();
  for (const edge of edges) all.set(nameOf(edge), (await read(everything, edge, seenByAll)) ?? new Map());
  const hidden = new Set<string>();
  for (const viewer of viewersOf()) {
    const seen = await seenBy(viewer);
    for (const edge of edges) {
      const found = (await read(viewer, edge, seen)) ?? new Map<string, readonly string[]>();
      for (const [id, targets] of found) {
        const whole = all.get(nameOf(edge))?.get(id) ?? [];
        const visible = whole.filter((target) => seen.has(target));
        expect(targets, `${nameOf(edge)} with ${[...viewer.permissions].join(' ')}`).toEqual(visible);
        if (visible.length < whole.length) hidden.add(nameOf(edge));
      }
    }
  }
  // Elsewhere the field is denied, or whoever sees the row sees what it leads to: there the comparison is of whole edges.
  expect([...hidden].sort()).toEqual([
    'ApiKey.createdBy',
    'ApiKey.role',
    'Invitation.role',
    'Organization.members',
    'Task.comments',
  ]);
  expect(edges.length).toBeGreaterThan(20);
}, 240_000);

test('a filter through an edge matches by what the edge shows', async () => {
  const roots = Object.values(schema.getQueryType()?.getFields() ?? {}).flatMap((field) => {
    const filter = getNamedType(field.args.find(({ name }) => name === 'filter')?.type);
    const connection = getNamedType(field.type);
    const node = isObjectType(connection) ? getNamedType(connection.getFields().nodes?.type) : null;
    return isInputObjectType(filter) && isObjectType(node) ? [{ root: field.name, type: node.name, filter }] : [];
  });
  const through = roots.flatMap(({ root, type, filter }) =>
    edges
      .filter((edge) => edge.type === type && filter.getFields()[edge.field])
      .map((edge) => ({
        root,
        edge,
        input: getNamedType(filter.getFields()[edge.field]?.type) as GraphQLInputObjectType,
      })),
  );
  expect(through.map(({ edge }) => nameOf(edge)).sort()).toEqual([
    'Project.lead',
    'Project.tasks',
    'Task.assignee',
    'Task.comments',
    'Task.project',
    'Task.reporter',
  ]);
  const bodies = new Map(
    (await work.asOwner('select "id", "body" from "Comment"')).map(({ id, body }) => [
      globalId('Comment', String(id)),
      body,
    ]),
  );
  const everything = work.acme.viewerWith(...everyPermission);
  const seenByAll = await seenBy(everything);
  // What an edge leads to, and one that it never leads to.
  const targets = new Map<string, readonly string[]>();
  for (const { edge } of through) {
    const named = new Set([...((await read(everything, edge, seenByAll)) ?? new Map()).values()].flat());
    const stranger = (ids.get(edge.target) ?? []).filter((id) => !named.has(id)).slice(0, 1);
    targets.set(nameOf(edge), [...named, ...stranger]);
  }
  for (const viewer of viewersOf()) {
    const seen = await seenBy(viewer);
    for (const { root, edge, input } of through) {
      const found = await read(viewer, edge, seen);
      const sources = (ids.get(edge.type) ?? []).filter((id) => seen.has(id));
      for (const target of targets.get(nameOf(edge)) ?? []) {
        const one = edge.target === 'Comment' ? { body: { eq: bodies.get(target) } } : { id: { eq: target } };
        const leads = (id: string) => (found?.get(id) ?? []).includes(target);
        const cases =
          edge.shape === 'one'
            ? [{ condition: one, expected: sources.filter(leads) }]
            : [
                { condition: { some: one }, expected: sources.filter(leads) },
                { condition: { none: one }, expected: sources.filter((id) => !leads(id)) },
                { condition: { every: { NOT: one } }, expected: sources.filter((id) => !leads(id)) },
              ];
        for (const { condition, expected } of cases) {
          const text = `query ($of: ${input.name}) { ${root}(first: 100, filter: { ${edge.field}: $of }) { totalCount nodes { id } } }`;
          const { data, codes } = await work.send(viewer, text, { of: condition });
          if (codes.length > 0) {
            expect([data, new Set(codes)]).toEqual([{ [root]: null }, new Set(['FORBIDDEN'])]);
            continue;
          }
          expect(data[root].nodes.map(({ id }: { id: string }) => id).sort(), text).toEqual([...expected].sort());
          expect(data[root].totalCount).toBe(expected.length);
        }
      }
    }
  }
}, 240_000);

const byName = (rows: readonly Record<string, unknown>[], name: string) => new Map(rows.map((row) => [row[name], row]));

test('an invitation’s role, a key’s role and its maker are null for whoever cannot see them', async () => {
  const inviter = await work.send(
    work.acme.viewerWith('member:invite'),
    '{ organization { invitations { email role { key permissions } } } }',
  );
  expect(inviter.errors).toEqual([]);
  expect(byName(inviter.data.organization.invitations, 'email')).toEqual(
    new Map([
      ['one@elsewhere.example', { email: 'one@elsewhere.example', role: null }],
      [
        'two@elsewhere.example',
        { email: 'two@elsewhere.example', role: { key: 'guest', permissions: expect.any(Array) } },
      ],
    ]),
  );
  const lister = await work.send(
    work.acme.viewerWith('apiKey:list'),
    '{ apiKeys { totalCount nodes { name role { permissions } createdBy { name } } } }',
  );
  expect(lister.errors).toEqual([]);
  expect(lister.data.apiKeys.totalCount).toBe(3);
  expect(byName(lister.data.apiKeys.nodes, 'name')).toEqual(
    new Map([
      ['by admin', { name: 'by admin', role: null, createdBy: null }],
      ['by somebody who left', { name: 'by somebody who left', role: null, createdBy: null }],
      ['by nobody', { name: 'by nobody', role: { permissions: expect.any(Array) }, createdBy: null }],
    ]),
  );
});

test('a key reads its own role, and not who made it', async () => {
  const { acme } = work;
  const [row] = await work.asOwner('select "roleId" from "ApiKey" where "id" = $1', [made.keyId]);
  const key: ApiKeyViewer = {
    kind: 'apiKey',
    apiKeyId: made.keyId,
    prefix: '',
    client: 'partner',
    allowAdHoc: true,
    organization: { id: acme.id, slug: acme.slug },
    roles: [{ id: String(row?.roleId), key: 'partner' }],
    permissions: acme.viewerWith('project:read').permissions,
    budget: null,
    requestsPerMinute: null,
    makers: [],
  };
  const { data, errors } = await work.send(key, '{ viewer { apiKey { name role { key } createdBy { name } } } }');
  expect([data, errors]).toEqual([
    { viewer: { apiKey: { name: 'by admin', role: { key: 'partner' }, createdBy: null } } },
    [],
  ]);
});
