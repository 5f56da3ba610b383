/**
 * Rules of the row, door by door: through no field, count, filter, order, cursor, write, event, record or export shows a row that its
 * noun's rule hides. The doors are walked out of the schema; each is asked by somebody who sees every row as well, so that a door
 * that shows nothing to anybody proves nothing.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

vi.mock('../../src/installed-domain.ts', async () => ({
  installedDomain: (await import('../support/row-rules/domain.ts')).domain,
}));

import type { AnyNoun } from '../../src/nouns/declaration.ts';
import { declaredNouns } from '../../src/nouns/register.ts';
import { buildPublicSchema } from '../../src/schema.ts';
import { listen } from '../support/event-reader.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { doorsTo, filtersThrough, ordersOf } from '../support/row-rules/doors.ts';
import { makeRows, type RowRuleRows, unseen } from '../support/row-rules/rows.ts';
import { type AddedMember, rowsPassword, uniqueWord } from '../support/rows.ts';

const schema = buildPublicSchema();
const nouns = declaredNouns().filter(({ rows }) => rows);
const byName = nouns.map((noun) => [noun.name, noun] as const);
const nobody = '0190a0a0-0000-7000-8000-00000000ffff';

/** A page of a list, as it is read here. */
interface ReadPage {
  readonly edges: readonly { readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

let gateway: TestGateway;
let rows: RowRuleRows;
beforeAll(async () => {
  gateway = await startGateway({ env: { COST_BUDGET_PER_MINUTE: '1000000000', MAX_COST: '1000000' } });
  rows = await makeRows(gateway);
});
afterAll(() => gateway?.close());

const idOf = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const shown = (noun: string) => rows.shown[noun] ?? [];
const hidden = (noun: string) => rows.hidden[noun] ?? [];
const globalIds = (noun: string, ids: readonly string[]) => ids.map((id) => idOf(noun, id)).sort();

/** Everything in an answer that is, or names, a row that the blind viewer may not see. */
function leaksIn(data: unknown): readonly string[] {
  const text = JSON.stringify(data ?? null);
  const ids = Object.entries(rows.hidden).flatMap(([noun, all]) => all.flatMap((id) => [id, idOf(noun, id)]));
  return [unseen, ...ids].filter((word) => text.includes(word));
}

const send = (who: AddedMember, text: string, variables: Record<string, unknown> = {}) =>
  // biome-ignore lint/suspicious/noExplicitAny: answers of operations that are made here; assertions name what they expect.
  gateway.send<any>(text, variables, { as: who.as });

/** What tells a row: its id, and its words. */
const wordsOf = (noun: AnyNoun) =>
  Object.entries(noun.fields).flatMap(([name, { kind }]) => (kind === 'text' ? [name] : []));
const selection = (noun: AnyNoun) => ['id', ...wordsOf(noun)].join(' ');
const page = (noun: AnyNoun) =>
  `totalCount nodes { ${selection(noun)} } edges { cursor node { ${selection(noun)} } } pageInfo { hasNextPage }`;

const rootList = (noun: string) =>
  doorsTo(schema, noun).find(({ from, shape }) => from === 'Query' && shape === 'connection')?.field ?? '';

/** Asks for a door, from every row that it starts from. */
async function throughDoor(who: AddedMember, noun: AnyNoun, door: ReturnType<typeof doorsTo>[number]) {
  const inner = door.shape === 'connection' ? page(noun) : selection(noun);
  const args = door.shape === 'connection' ? '(first: 50)' : '';
  if (door.from === 'Query' && door.byId) {
    const all = [...shown(noun.name), ...hidden(noun.name)];
    const asked = all.map((id, at) => `a${at}: ${door.field}(id: "${idOf(noun.name, id)}") { ${inner} }`);
    return send(who, `{ ${asked.join(' ')} }`);
  }
  if (door.from === 'Query') return send(who, `{ ${door.field}${args} { ${inner} } }`);
  if (door.from === 'Organization' || door.from === 'Viewer')
    return send(who, `{ viewer { ... on ${door.from} { ${door.field}${args} { ${inner} } } } }`);
  const sources = [...shown(door.from), ...hidden(door.from)].map((id) => idOf(door.from, id));
  const text = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ${door.from} { id ${door.field}${args} { ${inner} } } } }`;
  return send(who, text, { ids: sources });
}

test('each noun with a rule has rows to hide and rows to show, a parent’s and nobody’s among them', () => {
  expect(nouns.map(({ name }) => name).sort()).toEqual(['Attachment', 'Comment', 'Project', 'Task']);
  for (const { name } of nouns) {
    expect(shown(name).length).toBeGreaterThan(0);
    expect(hidden(name).length).toBeGreaterThan(0);
    expect(doorsTo(schema, name).length).toBeGreaterThan(1);
  }
});

describe.each(byName)('%s', (name, noun) => {
  test('shows itself through fields to whoever sees the row, and to nobody else', async () => {
    for (const door of doorsTo(schema, name)) {
      const where = `${door.from}.${door.field}`;
      const open = await throughDoor(rows.seer, noun, door);
      expect(open.codes, where).toEqual([]);
      expect(JSON.stringify(open.data), where).toContain(unseen);
      const shut = await throughDoor(rows.blind, noun, door);
      expect(shut.codes, where).toEqual([]);
      expect(leaksIn(shut.data), where).toEqual([]);
      const foreign = await throughDoor(rows.stranger, noun, door);
      expect(JSON.stringify(foreign.data), where).not.toMatch(/shown-|unseen-row/);
    }
  });

  test('is counted as far as it is seen, at the root and below its parent', async () => {
    const list = rootList(name);
    const text = `{ ${list}(first: 50) { totalCount nodes { id } } }`;
    const seen = (await send(rows.blind, text)).expectData()[list];
    expect(seen.totalCount).toBe(shown(name).length);
    expect(seen.nodes.map(({ id }: { id: string }) => id).sort()).toEqual(globalIds(name, shown(name)));
    const all = (await send(rows.seer, text)).expectData()[list];
    expect(all.totalCount).toBe(shown(name).length + hidden(name).length);
    expect((await send(rows.stranger, text)).expectData()[list].totalCount).toBe(0);
    for (const { from, field } of doorsTo(schema, name).filter(
      ({ shape, from }) => shape !== 'one' && from !== 'Query',
    )) {
      const below = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ${from} { ${field}(first: 50) { totalCount nodes { id } } } } }`;
      const { nodes } = (await send(rows.blind, below, { ids: globalIds(from, shown(from)) })).expectData();
      for (const node of nodes) expect(node[field].totalCount).toBe(node[field].nodes.length);
    }
  });

  test('is no node, and no row by its id, whoever asked before with the same operation', async () => {
    const ids = globalIds(name, hidden(name));
    const asked = `query ($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id ... on ${name} { ${selection(noun)} } } node(id: $id) { id } }`;
    const open = (await send(rows.seer, asked, { ids, id: ids[0] })).expectData();
    expect(open.nodes.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect((await send(rows.blind, asked, { ids, id: ids[0] })).expectData()).toEqual({
      nodes: ids.map(() => null),
      node: null,
    });
    const { one } = noun.queries || { one: '' };
    // Plain columns by an id are compiled, once for all who hold the same.
    const compiled = `query ($id: ID!) { ${one}(id: $id) { ${selection(noun)} } }`;
    for (const id of ids) {
      expect((await send(rows.seer, compiled, { id })).expectData()[one].id).toBe(id);
      await send(rows.owner, compiled, { id });
      expect((await send(rows.blind, compiled, { id })).expectData()).toEqual({ [one]: null });
    }
    for (const id of globalIds(name, shown(name)))
      expect((await send(rows.blind, compiled, { id })).expectData()[one].id).toBe(id);
  });

  test('decides no filter that looks through a relation', async () => {
    const through = [
      ...filtersThrough(schema, name),
      // Its own list, filtered by itself.
      { of: name, member: '', isList: false },
    ].filter(({ of }) => rootList(of) !== '');
    for (const { of, member, isList } of through) {
      const list = rootList(of);
      const text = `query ($filter: ${of}Filter) { ${list}(filter: $filter, first: 50) { totalCount nodes { id } } }`;
      const conditions = (id: string): readonly object[] => {
        const is = { id: { eq: id } };
        const isNot = { id: { not: id } };
        if (member === '') return [is, isNot, { NOT: is }];
        if (!isList) return [{ [member]: is }, { [member]: isNot }, { NOT: { [member]: is } }];
        return ['some', 'every', 'none'].flatMap((word) => [
          { [member]: { [word]: is } },
          { [member]: { [word]: isNot } },
        ]);
      };
      const answers = async (who: AddedMember, id: string) =>
        Promise.all(
          conditions(idOf(name, id)).map(async (filter) => {
            const { totalCount, nodes } = (await send(who, text, { filter })).expectData()[list];
            return [totalCount, nodes.map((node: { id: string }) => node.id).sort()];
          }),
        );
      const asIfNot = await answers(rows.blind, nobody);
      for (const id of hidden(name)) expect(await answers(rows.blind, id), `${of}.${member}`).toEqual(asIfNot);
      const told = await Promise.all(hidden(name).map((id) => answers(rows.seer, id)));
      const untold = await answers(rows.seer, nobody);
      expect(told.some((one) => JSON.stringify(one) !== JSON.stringify(untold))).toBe(true);
    }
  });

  test('stands on no page, in no order, and behind nobody’s cursor', async () => {
    const list = rootList(name);
    const text = `query ($order: ${name}Order, $after: String, $first: Int) { ${list}(orderBy: $order, after: $after, first: $first)
      { edges { cursor node { ${selection(noun)} } } pageInfo { hasNextPage endCursor } } }`;
    for (const field of ordersOf(schema, name))
      for (const direction of ['ASC', 'DESC']) {
        const order = { field, direction };
        const met: string[] = [];
        for (let after: string | null = null, isMore = true; isMore; ) {
          const read: ReadPage = (await send(rows.blind, text, { order, after, first: 1 })).expectData()[list];
          met.push(...read.edges.map(({ node }) => node.id));
          ({ endCursor: after, hasNextPage: isMore } = read.pageInfo);
        }
        expect(met.sort(), field).toEqual(globalIds(name, shown(name)));
        const all = (await send(rows.seer, text, { order, after: null, first: 50 })).expectData()[list].edges;
        expect(all).toHaveLength(shown(name).length + hidden(name).length);
        for (const { cursor } of all)
          expect(leaksIn((await send(rows.blind, text, { order, after: cursor, first: 50 })).data), field).toEqual([]);
      }
  });

  const { writes = {} } = noun;
  const stored = () => gateway.database.query(`select * from "${name}" order by "id"`);
  const recorded = () =>
    gateway.database.query('select count(*) from "AuditEvent" where "organizationId" = $1', [rows.organizationId]);
  const values = (word: string) =>
    Object.fromEntries(
      Object.entries(noun.fields).flatMap(([field, { kind, options }]) =>
        kind === 'text' && 'create' in options && options.create ? [[field, word]] : [],
      ),
    );
  const write = (who: AddedMember, verb: string, input: object) =>
    send(
      who,
      `mutation ($input: ${verb}${name}Input!) { write: ${verb.toLowerCase()}${name}(input: $input) {
        ${verb === 'Delete' ? 'deletedId' : `row: ${name.charAt(0).toLowerCase()}${name.slice(1)} { ${selection(noun)} }`} } }`,
      { input },
    );
  const above = noun.parent?.relation;
  const parentName = above ? `${above.charAt(0).toUpperCase()}${above.slice(1)}` : '';

  test.runIf(writes.update && writes.delete)(
    'is neither changed nor deleted, nor is anything made below it',
    async () => {
      const before = [await stored(), await recorded()];
      for (const id of [...hidden(name), nobody]) {
        const updated = await write(rows.blind, 'Update', { id: idOf(name, id), ...values('taken') });
        expect([updated.codes, updated.data]).toEqual([['NOT_FOUND'], { write: null }]);
        const deleted = await write(rows.blind, 'Delete', { id: idOf(name, id) });
        expect([deleted.codes, deleted.data]).toEqual([['NOT_FOUND'], { write: null }]);
      }
      for (const id of above ? [...hidden(parentName), nobody] : []) {
        const made = await write(rows.blind, 'Create', { [`${above}Id`]: idOf(parentName, id), ...values('below') });
        expect([made.codes, made.data]).toEqual([['NOT_FOUND'], { write: null }]);
      }
      expect([await stored(), await recorded()]).toEqual(before);
    },
  );

  test.runIf(writes.create)('is answered by a write to whoever sees it, and kept from its own maker else', async () => {
    const word = uniqueWord();
    const below = above ? { [`${above}Id`]: idOf(parentName, shown(parentName)[0] ?? '') } : {};
    const made = await write(rows.blind, 'Create', { ...below, ...values(word) });
    expect(made.codes).toEqual([]);
    const [column = ''] = Object.keys(values(word));
    const [row] = await gateway.database.query<{ id: string }>(`select "id" from "${name}" where "${column}" = $1`, [
      word,
    ]);
    const read = await send(rows.blind, `{ node(id: "${idOf(name, row?.id ?? '')}") { id } }`);
    expect(made.data.write.row?.id ?? null).toBe(read.expectData().node?.id ?? null);
    await gateway.database.query(`delete from "${name}" where "${column}" = $1`, [word]);
  });

  test.runIf(noun.events && noun.parent)('is heard of by whoever sees it, its end included', async () => {
    const heard = rows.heard[name] ?? { id: nobody, parentId: nobody };
    const property = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    const subscription = (parentId: string) =>
      `subscription { event: ${property}Changed(${above}Id: "${idOf(parentName, parentId)}") { kind id: ${property}Id row: ${property} { ${selection(noun)} } } }`;
    for (const id of hidden(parentName)) {
      const refused = await listen(gateway.endpoint, subscription(id), rows.blind.as);
      // Refused as a request is: no stream opens.
      expect(refused.status).toBe(404);
      refused.close();
    }
    const [open, shut] = await Promise.all(
      [rows.seer, rows.blind].map(({ as }) => listen(gateway.endpoint, subscription(heard.parentId), { ...as })),
    );
    const created = await write(rows.seer, 'Create', {
      [`${above}Id`]: idOf(parentName, heard.parentId),
      ...values(`${unseen}-event`),
    });
    const { id } = created.expectData().write.row;
    for (const verb of ['Update', 'Delete'])
      (await write(rows.seer, verb, { id, ...(verb === 'Update' ? values(`${unseen}-changed`) : {}) })).expectData();
    // What comes after it is theirs to hear: it arrives first.
    (await write(rows.seer, 'Update', { id: idOf(name, heard.id), ...values('shown-heard') })).expectData();
    const kinds = [];
    for (let at = 0; at < 3; at++) kinds.push((await open?.next())?.data.event);
    expect(kinds).toMatchObject(['CREATED', 'UPDATED', 'DELETED'].map((kind) => ({ kind, id })));
    const first = await shut?.next();
    expect(first?.data.event).toMatchObject({ kind: 'UPDATED', id: idOf(name, heard.id) });
    open?.close();
    shut?.close();
  });

  test.runIf(writes.update && writes.delete)('is on record for whoever sees it', async () => {
    const changed = [...hidden(name), shown(name)[0] ?? ''];
    for (const id of changed)
      (
        await write(rows.seer, 'Update', {
          id: idOf(name, id),
          ...values(`${hidden(name).includes(id) ? unseen : 'shown'}-${id.slice(-8)}`),
        })
      ).expectData();
    const text = `{ auditEvents(first: 100) { totalCount nodes { action details target { id type } } } }`;
    const open = (await send(rows.seer, text)).expectData().auditEvents.nodes;
    const targets = (events: { target: { id: string } }[]) => events.map(({ target }) => target.id);
    expect(targets(open)).toEqual(expect.arrayContaining(globalIds(name, changed)));
    const shut = (await send(rows.blind, text)).expectData().auditEvents;
    expect(leaksIn(shut)).toEqual([]);
    expect(shut.totalCount).toBe(shut.nodes.length);
  });

  test.runIf(noun.exported)('is in the export of whoever sees it', async () => {
    const text = `mutation { exportAccount(input: { password: "${rowsPassword}" }) { data } }`;
    const { data } = (await send(rows.blind, text)).expectData().exportAccount;
    expect(leaksIn(data)).toEqual([]);
    const told = JSON.stringify(data);
    expect(shown(name).filter((id) => told.includes(id))).not.toEqual([]);
  });

  test('is nobody’s in the database, without an organization or in another', async () => {
    const client = new pg.Client({ connectionString: gateway.database.gatewayUrl });
    await client.connect();
    const seen = async (organizationId: string) => {
      await client.query("select set_config('app.organization_id', $1, false), set_config('app.user_id', '', false)", [
        organizationId,
      ]);
      return (await client.query(`select "id" from "${name}"`)).rows.length;
    };
    try {
      expect(await seen('')).toBe(0);
      expect(await seen(nobody)).toBe(0);
      expect(await seen(rows.organizationId)).toBe(
        (await gateway.database.query(`select "id" from "${name}" where "organizationId" = $1`, [rows.organizationId]))
          .length,
      );
    } finally {
      await client.end();
    }
  });
});
