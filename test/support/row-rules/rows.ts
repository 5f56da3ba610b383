/**
 * Rows for the proofs, in an organization of their own: of each noun some that the blind viewer sees and some that nobody shows them, and
 * people made out of the rules: who holds what opens every row, and who holds everything else.
 */
import { v7 as makeId } from 'uuid';
import { permissionNames } from '../../../src/authorization/permissions.ts';
import { declaredNouns } from '../../../src/nouns/register.ts';
import { permissionNamed, type RowRule } from '../../../src/nouns/row-rules.ts';
import type { TestGateway } from '../gateway.ts';
import { type AddedMember, rowsOf } from '../rows.ts';

/** What is written in every row that the blind viewer may not see. */
export const unseen = 'unseen-row';

/** Ids by noun. */
export type Ids = Readonly<Record<string, readonly string[]>>;

/** Everything that the proofs stand on. */
export interface RowRuleRows {
  readonly organizationId: string;
  /** Holds everything. */
  readonly seer: AddedMember;
  /** Holds what the blind viewer holds, and owns some of the rows that they may not see. */
  readonly owner: AddedMember;
  /** Holds everything but what opens rows of others. */
  readonly blind: AddedMember;
  /** Holds everything, in another organization. */
  readonly stranger: AddedMember;
  readonly shown: Ids;
  readonly hidden: Ids;
  /** By noun a row of the blind viewer's own, with the row above it, of which events reach them. */
  readonly heard: Readonly<Record<string, { readonly id: string; readonly parentId: string }>>;
}

/** The permissions that open rows of others. */
function openers(rule: RowRule): readonly string[] {
  if (rule.kind === 'holds') return [permissionNamed(rule.permission)];
  return rule.kind === 'any' || rule.kind === 'all' ? rule.rules.flatMap(openers) : [];
}

async function addOrganization(gateway: TestGateway): Promise<string> {
  const id = makeId();
  await gateway.database.query(
    'insert into "Organization" ("id", "slug", "name", "updatedAt") values ($1, $2, $2, now())',
    [id, `proofs-${id.slice(-12)}`],
  );
  return id;
}

/** Makes them. */
export async function makeRows(gateway: TestGateway): Promise<RowRuleRows> {
  const organizationId = await addOrganization(gateway);
  const { insert, member } = rowsOf(gateway, organizationId);
  const everything = permissionNames();
  const opening = new Set(declaredNouns().flatMap(({ rows }) => (rows ? openers(rows) : [])));
  const others = everything.filter((permission) => !opening.has(permission));
  const seer = await member(everything);
  const owner = await member(others);
  const blind = await member(others);
  const stranger = await rowsOf(gateway, await addOrganization(gateway)).member(everything);

  const shown: Record<string, string[]> = { Project: [], Task: [], Comment: [], Attachment: [] };
  const hidden: Record<string, string[]> = { Project: [], Task: [], Comment: [], Attachment: [] };
  let serial = 0;
  const add = async (noun: string, isShown: boolean, row: (words: string) => object): Promise<string> => {
    serial += 1;
    const id = await insert(noun, { ...row(`${isShown ? 'shown' : unseen}-${serial}`) });
    (isShown ? shown : hidden)[noun]?.push(id);
    return id;
  };
  const project = (isShown: boolean, leadId: string | null) =>
    add('Project', isShown, (name) => ({ key: name, name, leadId, lastTaskNumber: 50 }));
  const task = (isShown: boolean, projectId: string, assigneeId: string | null, reporterId: string | null = null) =>
    add('Task', isShown, (title) => ({ projectId, number: serial, title, assigneeId, reporterId }));
  const comment = (isShown: boolean, taskId: string, authorId: string | null) =>
    add('Comment', isShown, (body) => ({ taskId, body, authorId }));
  const file = (isShown: boolean, taskId: string, uploadedById: string | null) =>
    add('Attachment', isShown, (filename) => ({
      taskId,
      uploadedById,
      filename,
      contentType: 'text/plain',
      size: 1,
      sha256: 'ab'.repeat(32),
      storageKey: makeId(),
    }));

  const mine = await project(true, blind.id);
  await project(true, blind.id);
  const theirs = await project(false, owner.id);
  const nobodys = await project(false, null);

  const open = await task(true, mine, blind.id);
  await task(true, mine, null, blind.id);
  // Given to the blind viewer, below a project that they do not see.
  await task(true, theirs, blind.id);
  // Asked for by the blind viewer, and theirs no more.
  const shut = await task(false, theirs, owner.id, blind.id);
  await task(false, nobodys, null);

  const said = await comment(true, open, blind.id);
  await comment(true, shut, blind.id);
  await comment(false, open, owner.id);
  await comment(false, open, null);

  await file(true, open, blind.id);
  await file(false, open, owner.id);
  await file(false, open, null);
  await file(false, shut, blind.id);

  return {
    organizationId,
    seer,
    owner,
    blind,
    stranger,
    shown,
    hidden,
    heard: { Task: { id: open, parentId: mine }, Comment: { id: said, parentId: open } },
  };
}
