/**
 * Writes of declared nouns: each in one transaction with its audit event, under the viewer's own guard and visibility, announced after it
 * is kept. What a declaration cannot say, its noun's own service does with the same parts.
 */
import type { Decimal } from 'decimal.js';
import { v7 as makeId } from 'uuid';
import { changed } from '../authorization/audit-actions.ts';
import { modelMembers, relationColumn, requireMember } from '../authorization/data-model.ts';
import { localId } from '../authorization/global-id.ts';
import type { Viewer } from '../authorization/viewer.ts';
import { type ModelName, visibleRows } from '../authorization/visibility.ts';
import { notFound } from '../errors.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import { continueAsService } from '../stores/database-scope.ts';
import type { Events } from '../stores/events.ts';
import type { Actor } from './actor.ts';
import { recordAuditEvent } from './audit-log.ts';
import type { AnyNoun } from './declaration.ts';
import { modelOf } from './delegate.ts';
import type { AnyField } from './fields.ts';
import { sentenceNames } from './names.ts';
import { authorOf, mayBeAssigned, namedId } from './people.ts';
import { holdRow } from './row-lock.ts';
import { ruleColumns } from './row-rules.ts';
import { type RemoveFiles, storedFilesBelow } from './stored-files.ts';
import { Issues } from './validation.ts';
import { assertUnchanged, nextVersion, type Versioned } from './versions.ts';
import { orConflict } from './write-errors.ts';

/** An input as the schema coerced it. */
export type WriteInput = Readonly<Record<string, unknown>>;

/** A row that a write is about. */
export interface WrittenRow extends Versioned {
  readonly id: string;
}

/** Writes of any declared noun. Each gives the id of the row that it is about. */
export interface RowService {
  /** @throws NOT_FOUND for the parent, BAD_USER_INPUT, CONFLICT for a value that is taken. */
  create(noun: AnyNoun, actor: Actor, input: WriteInput): Promise<{ id: string }>;
  /** @throws NOT_FOUND, BAD_USER_INPUT, CONFLICT for a version that is not the row's, and for a value that is taken. */
  update(noun: AnyNoun, actor: Actor, input: WriteInput): Promise<{ id: string }>;
  /** Deletes a row with everything below it. @throws NOT_FOUND. */
  delete(noun: AnyNoun, actor: Actor, id: unknown): Promise<{ id: string }>;
}

/** Finds a row that the viewer may see. @throws NOT_FOUND */
export async function requireVisible(
  tx: Database | DatabaseTransaction,
  viewer: Viewer,
  model: ModelName,
  id: string | null,
): Promise<WrittenRow> {
  const row =
    id === null
      ? null
      : await modelOf(tx, model).findFirst<WrittenRow>({
          where: { AND: [{ id }, visibleRows(model, viewer)] },
          select: { id: true, ...(modelMembers.get(model)?.has('updatedAt') ? { updatedAt: true } : {}) },
        });
  if (!row) throw notFound(model);
  return row;
}

/** What the row rule of a noun reads of a row: kept with its events, since the row may be gone when they are read. */
export async function recordOf(
  tx: DatabaseTransaction,
  noun: Pick<AnyNoun, 'name' | 'rows'>,
  id: string,
): Promise<Readonly<Record<string, string | number | boolean | null>>> {
  const columns = noun.rows ? ruleColumns(noun.name, noun.rows) : [];
  if (columns.length === 0) return {};
  const select = Object.fromEntries(columns.map((name) => [name, true]));
  // The rule decides who learns of the event, so its columns are the gateway's to read.
  const row = await continueAsService('audience', async () =>
    modelOf(tx, noun.name).findFirst<Record<string, string>>({ where: { id }, select }),
  );
  return row ?? {};
}

/** The member of an input, and the column that it sets. */
function columnOf(noun: AnyNoun, name: string, field: AnyField): string {
  return field.kind === 'relation' ? relationColumn(noun.name, name) : name;
}

/** What a field is called in inputs: a relation by its id. */
export const inputName = (name: string, field: AnyField): string => (field.kind === 'relation' ? `${name}Id` : name);

const written = (noun: AnyNoun) =>
  Object.entries(noun.fields).flatMap(([name, field]) =>
    field.kind === 'id' || (field.kind === 'relation' && field.options.set) ? [] : [{ name, field }],
  );

/** Reads a value of an input. @returns what is stored; undefined for a member that was left out. Faults become issues. */
async function valueToStore(
  noun: AnyNoun,
  { name, field }: { readonly name: string; readonly field: AnyField },
  given: unknown,
  { tx, viewer, issues }: { readonly tx: DatabaseTransaction; readonly viewer: Viewer; readonly issues: Issues },
): Promise<unknown> {
  if (given === undefined) return undefined;
  const input = inputName(name, field);
  const isRequired = requireMember(noun.name, columnOf(noun, name, field)).isRequired;
  if (given === null) return isRequired ? issues.present(input, null) : null;
  switch (field.kind) {
    case 'text': {
      const { min, max = Number.POSITIVE_INFINITY, form } = field.options;
      return issues.text(input, String(given), {
        min,
        max,
        form: form && { pattern: form.pattern, message: form.words },
      });
    }
    case 'integer': {
      const { min = -(2 ** 31), max = 2 ** 31 - 1 } = field.options;
      if (Number(given) < min || Number(given) > max)
        issues.add(input, `Use ${min.toLocaleString('en')} to ${max.toLocaleString('en')}.`);
      return given;
    }
    case 'decimal': {
      const { min, max } = field.options;
      const value = given as Decimal;
      if (min === 0 && value.isNegative()) issues.add(input, 'Must not be negative.');
      else if (min !== undefined && value.lessThan(min)) issues.add(input, `Use at least ${min}.`);
      if (max !== undefined && value.greaterThan(max)) issues.add(input, `Use at most ${max}.`);
      return value.toFixed(2);
    }
    case 'relation': {
      const target = requireMember(noun.name, name).type as ModelName;
      const id = namedId(given, target) ?? '';
      if (target === 'User') {
        if (!(await mayBeAssigned(tx, viewer, id))) issues.add(input, 'No such member.');
      } else if ((await modelOf(tx, target).count({ where: { AND: [{ id }, visibleRows(target, viewer)] } })) === 0)
        issues.add(input, `No such ${target}.`);
      return id;
    }
    default:
      return given;
  }
}

/** Columns to store, and what is on record about them: values that whoever reads the noun may know, and "changed" for the others. */
async function readInput(
  noun: AnyNoun,
  input: WriteInput,
  tx: DatabaseTransaction,
  viewer: Viewer,
): Promise<{ data: Readonly<Record<string, unknown>>; details: Prisma.InputJsonObject }> {
  const issues = new Issues();
  const data: Record<string, unknown> = {};
  const details: Record<string, Prisma.InputJsonValue | null> = {};
  for (const one of written(noun)) {
    const value = await valueToStore(noun, one, input[inputName(one.name, one.field)], { tx, viewer, issues });
    if (value === undefined) continue;
    const column = columnOf(noun, one.name, one.field);
    data[column] = value;
    details[column] = 'audited' in one.field.options && one.field.options.audited ? (value as string | null) : changed;
  }
  issues.throwIfAny();
  return { data, details };
}

/** Makes the service. */
export function createRowService({
  db,
  events,
  removeFiles,
}: {
  readonly db: Database;
  readonly events: Pick<Events, 'rowChanged'>;
  /** Removes what was stored for deleted rows. */
  readonly removeFiles: RemoveFiles;
}): RowService {
  const announce = (
    noun: AnyNoun,
    { viewer }: Actor,
    kind: 'CREATED' | 'UPDATED' | 'DELETED',
    { id, parentId, recorded }: { id: string; parentId: string | null; recorded: Readonly<Record<string, unknown>> },
  ): void => {
    if (noun.events && viewer.organization && parentId)
      events.rowChanged(noun.name, viewer.organization.id, parentId, { kind, id, recorded });
  };

  const parentOf = async (tx: DatabaseTransaction, noun: AnyNoun, id: string): Promise<string | null> => {
    if (!noun.events || !noun.parent) return null;
    const column = relationColumn(noun.name, noun.parent.relation);
    const row = await continueAsService('audience', async () =>
      modelOf(tx, noun.name).findFirst<Record<string, string>>({ where: { id }, select: { [column]: true } }),
    );
    return row?.[column] ?? null;
  };

  const record = (
    tx: DatabaseTransaction,
    noun: AnyNoun,
    actor: Actor,
    verb: 'create' | 'update' | 'delete',
    id: string,
    details: object,
  ) =>
    recordAuditEvent(tx, actor, {
      action: `${sentenceNames(noun).property}.${verb}`,
      target: { type: noun.name, id },
      details: details as Prisma.InputJsonObject,
    });

  const orTaken = <T>({ writes }: AnyNoun, work: () => Promise<T>): Promise<T> =>
    writes?.taken ? orConflict(writes.taken, work) : work();

  return {
    async create(noun, actor, input) {
      const row = await orTaken(noun, () =>
        db.$transaction(async (tx) => {
          const { parent } = noun;
          const parentModel = parent && (requireMember(noun.name, parent.relation).type as ModelName);
          const parentId =
            parent && parentModel
              ? (
                  await requireVisible(
                    tx,
                    actor.viewer,
                    parentModel,
                    localId(input[`${parent.relation}Id`], parentModel),
                  )
                ).id
              : null;
          const { data, details } = await readInput(noun, input, tx, actor.viewer);
          const given = await noun.writes?.beforeCreate?.(tx, { parentId, actor });
          const mine = Object.entries(noun.fields).flatMap(([name, field]) =>
            field.kind === 'relation' && field.options.set === 'viewer'
              ? [[relationColumn(noun.name, name), authorOf(actor.viewer)]]
              : [],
          );
          const id = makeId();
          const below = parent ? { [relationColumn(noun.name, parent.relation)]: parentId } : {};
          // Added without being read: whoever makes rows need not read any.
          await modelOf(tx, noun.name).createMany({
            data: [{ ...data, ...given, ...below, ...Object.fromEntries(mine), id }],
          });
          const recorded = await recordOf(tx, noun, id);
          await record(tx, noun, actor, 'create', id, { ...details, ...recorded });
          return { id, parentId, recorded };
        }),
      );
      announce(noun, actor, 'CREATED', row);
      return { id: row.id };
    },

    async update(noun, actor, input) {
      const id = localId(input.id, noun.name);
      const row = await orTaken(noun, () =>
        db.$transaction(async (tx) => {
          await holdRow(tx, noun.name, id);
          const found = await requireVisible(tx, actor.viewer, noun.name, id);
          assertUnchanged(found, input.expectedUpdatedAt as Date | null | undefined);
          const { data, details } = await readInput(noun, input, tx, actor.viewer);
          if (Object.keys(data).length === 0) return { id: found.id, isChanged: false as const };
          const { count } = await modelOf(tx, noun.name).updateMany({
            where: { id: found.id },
            data: { ...data, updatedAt: nextVersion(found) },
          });
          if (count === 0) throw notFound(noun.name);
          const recorded = await recordOf(tx, noun, found.id);
          await record(tx, noun, actor, 'update', found.id, { ...details, ...recorded });
          return { id: found.id, isChanged: true as const, recorded, parentId: await parentOf(tx, noun, found.id) };
        }),
      );
      if (row.isChanged) announce(noun, actor, 'UPDATED', row);
      return { id: row.id };
    },

    async delete(noun, actor, globalId) {
      const id = localId(globalId, noun.name);
      const stored = id === null ? [] : await storedFilesBelow(db, actor.viewer, noun.name, id);
      const row = await db.$transaction(async (tx) => {
        const found = await requireVisible(tx, actor.viewer, noun.name, id);
        const recorded = await recordOf(tx, noun, found.id);
        const parentId = await parentOf(tx, noun, found.id);
        const { count } = await modelOf(tx, noun.name).deleteMany({ where: { id: found.id } });
        if (count === 0) throw notFound(noun.name);
        await record(tx, noun, actor, 'delete', found.id, recorded);
        return { id: found.id, parentId, recorded };
      });
      await removeFiles(stored);
      announce(noun, actor, 'DELETED', row);
      return { id: row.id };
    },
  };
}
