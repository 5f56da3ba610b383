/**
 * The wall behind the plan: knows from the table of policies which column belongs to which permission, and refuses a
 * statement that selects, filters, sorts, groups or writes one which the viewer lacks. Once for each statement, not for
 * each row. A plan that is wrong therefore opens nothing.
 *
 * Rules of the row are excepted in a selection alone, where scope-auth asks the row; they never open a filter or an order.
 */
import type { Viewer } from '../authentication/viewer.ts';
import { forbidden } from '../errors.ts';
import { getDatamodel } from '../generated/pothos.ts';
import type { StatementGuard } from '../stores/database-scope.ts';
import type { PolicyTable } from './policy-table.ts';
import { decide, type Rule, requiredPermissions } from './rules.ts';

/** Models that no viewer ever reads or writes; only the gateway's own services do, without a guard. */
const closedModels: ReadonlySet<string> = new Set([
  'Password',
  'TotpFactor',
  'RecoveryCode',
  'RefreshToken',
  'AccountToken',
]);

/** Columns that no viewer ever touches, although their model is theirs to read. */
const closedColumns: ReadonlySet<string> = new Set([
  'ApiKey.digest',
  'ApiKey.previousDigest',
  'ApiKey.previousPrefix',
  'Invitation.digest',
  'Attachment.storageKey',
]);

/** Columns whose field has another name, or stands on another type: column to the coordinate that guards it. */
const coordinateOfColumn: Readonly<Record<string, string>> = {
  'User.emailVerified': 'User.email',
};

interface ModelField {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
}

type Purpose = 'select' | 'where' | 'write';

/** Keys of Prisma's arguments that group and aggregate, each naming columns. */
const aggregateKeys = ['_sum', '_avg', '_min', '_max', '_count'] as const;

/** What the guard knows of the model and the table; made once for a process. */
export interface ColumnRules {
  readonly models: ReadonlyMap<string, ReadonlyMap<string, ModelField>>;
  /** `Model` or `Model.column` to the rule of reading it; absent where no rule narrows. */
  readonly read: ReadonlyMap<string, Rule>;
  /** `Model.column` to the rules of writing it. */
  readonly write: ReadonlyMap<string, readonly Rule[]>;
}

/** Reads the rules of columns off the table of policies and the data model. */
export function columnRulesOf(policies: PolicyTable): ColumnRules {
  const models = new Map<string, Map<string, ModelField>>();
  const read = new Map<string, Rule>();
  const write = new Map<string, Rule[]>();
  for (const [model, { fields }] of Object.entries(getDatamodel().datamodel.models)) {
    models.set(model, new Map(fields.map((field) => [field.name, field as ModelField])));
    const typeRule = policies[model];
    if (typeRule) read.set(model, typeRule);
    for (const field of fields) {
      const column = `${model}.${field.name}`;
      if (field.kind === 'object') continue;
      const rule = policies[coordinateOfColumn[column] ?? column];
      if (rule && rule !== typeRule) read.set(column, rule);
      const inputs = [`Create${model}Input.${field.name}`, `Update${model}Input.${field.name}`];
      const rules = inputs.flatMap((coordinate) => policies[coordinate] ?? []);
      if (rules.length > 0) write.set(column, rules);
    }
  }
  return { models, read, write };
}

/**
 * Makes the guard of a viewer.
 * @returns a function that throws FORBIDDEN with the column's coordinate.
 */
export function createColumnGuard(rules: ColumnRules, viewer: Viewer): StatementGuard {
  const { models } = rules;

  const refuse = (coordinate: string, rule: Rule | undefined): never => {
    throw forbidden(coordinate, rule ? requiredPermissions(rule) : []);
  };

  const checkModel = (model: string): void => {
    const rule = rules.read.get(model);
    if (closedModels.has(model)) refuse(model, undefined);
    if (rule && decide(rule, viewer) === 'denied') refuse(model, rule);
  };

  const checkColumn = (model: string, column: string, purpose: Purpose): void => {
    const coordinate = `${model}.${column}`;
    if (closedColumns.has(coordinate)) refuse(coordinate, undefined);
    if (purpose === 'write') {
      for (const rule of rules.write.get(coordinate) ?? [])
        if (decide(rule, viewer) !== 'allowed') refuse(coordinate, rule);
      return;
    }
    const rule = rules.read.get(coordinate);
    if (!rule) return;
    const decision = decide(rule, viewer);
    if (decision === 'denied' || (purpose === 'where' && decision === 'perRow')) refuse(coordinate, rule);
  };

  /** Every scalar column: what Prisma loads when nothing is selected. */
  const checkAllColumns = (model: string): void => {
    for (const field of models.get(model)?.values() ?? [])
      if (field.kind !== 'object') checkColumn(model, field.name, 'select');
  };

  const checkArguments = (model: string, args: Readonly<Record<string, unknown>>, returnsRows: boolean): void => {
    checkWhere(model, args.where);
    checkWhere(model, args.cursor);
    checkWhere(model, args.having);
    checkOrder(model, args.orderBy);
    checkNames(model, args.distinct);
    checkNames(model, args.by);
    for (const key of aggregateKeys) checkKeys(model, args[key]);
    if (isRecord(args.select)) checkSelection(model, args.select);
    else if (returnsRows) checkAllColumns(model);
    if (isRecord(args.include)) checkSelection(model, args.include);
    if (isRecord(args.omit)) checkSelectionNames(model, args.omit);
  };

  const checkSelectionNames = (model: string, selection: Readonly<Record<string, unknown>>): void => {
    for (const name of Object.keys(selection)) if (!models.get(model)?.has(name)) refuse(`${model}.${name}`, undefined);
  };

  const checkSelection = (model: string, selection: Readonly<Record<string, unknown>>): void => {
    for (const [name, value] of Object.entries(selection)) {
      if (value === false || value === undefined) continue;
      if (name === '_count') {
        if (isRecord(value) && isRecord(value.select)) checkCounts(model, value.select);
        else if (value === true)
          for (const field of models.get(model)?.values() ?? []) if (field.kind === 'object') checkModel(field.type);
        continue;
      }
      const field = models.get(model)?.get(name);
      if (!field) refuse(`${model}.${name}`, undefined);
      else if (field.kind !== 'object') checkColumn(model, name, 'select');
      else {
        checkModel(field.type);
        checkArguments(field.type, isRecord(value) ? value : {}, true);
      }
    }
  };

  const checkCounts = (model: string, counts: Readonly<Record<string, unknown>>): void => {
    for (const [name, value] of Object.entries(counts)) {
      const field = models.get(model)?.get(name);
      if (field?.kind !== 'object') continue;
      checkModel(field.type);
      checkArguments(field.type, isRecord(value) ? value : {}, false);
    }
  };

  const checkWhere = (model: string, where: unknown): void => {
    if (Array.isArray(where)) {
      for (const part of where) checkWhere(model, part);
      return;
    }
    if (!isRecord(where)) return;
    for (const [name, value] of Object.entries(where)) {
      if (value === undefined) continue;
      if (name === 'AND' || name === 'OR' || name === 'NOT') {
        checkWhere(model, value);
        continue;
      }
      const field = models.get(model)?.get(name);
      if (field && field.kind !== 'object') checkColumn(model, name, 'where');
      else if (field) checkRelation(field.type, value);
      // The name of a compound key (`organizationId_id`), with its columns inside.
      else checkWhere(model, value);
    }
  };

  const relationWords: ReadonlySet<string> = new Set(['some', 'every', 'none', 'is', 'isNot']);

  const checkRelation = (model: string, value: unknown): void => {
    checkModel(model);
    if (!isRecord(value)) return;
    const names = Object.keys(value);
    if (names.every((name) => relationWords.has(name))) for (const name of names) checkWhere(model, value[name]);
    else checkWhere(model, value);
  };

  const checkOrder = (model: string, orderBy: unknown): void => {
    if (Array.isArray(orderBy)) {
      for (const part of orderBy) checkOrder(model, part);
      return;
    }
    if (!isRecord(orderBy)) return;
    for (const [name, value] of Object.entries(orderBy)) {
      const field = models.get(model)?.get(name);
      if (!field) {
        if (isRecord(value)) checkOrder(model, value);
      } else if (field.kind !== 'object') checkColumn(model, name, 'where');
      else {
        checkModel(field.type);
        checkOrder(field.type, value);
      }
    }
  };

  const checkNames = (model: string, names: unknown): void => {
    for (const name of Array.isArray(names) ? names : [names])
      if (typeof name === 'string') checkColumn(model, name, 'where');
  };

  const checkKeys = (model: string, keys: unknown): void => {
    if (!isRecord(keys)) return;
    for (const name of Object.keys(keys)) if (name !== '_all') checkColumn(model, name, 'where');
  };

  const checkData = (model: string, data: unknown): void => {
    if (Array.isArray(data)) {
      for (const row of data) checkData(model, row);
      return;
    }
    if (!isRecord(data)) return;
    for (const [name, value] of Object.entries(data)) {
      const field = models.get(model)?.get(name);
      if (value === undefined || !field) continue;
      if (field.kind !== 'object') checkColumn(model, name, 'write');
      else checkNestedWrite(field.type, value);
    }
  };

  const checkNestedWrite = (model: string, value: unknown): void => {
    checkModel(model);
    if (!isRecord(value)) return;
    for (const [verb, argument] of Object.entries(value)) {
      for (const part of Array.isArray(argument) ? argument : [argument]) {
        if (!isRecord(part)) continue;
        if (
          verb === 'connect' ||
          verb === 'disconnect' ||
          verb === 'set' ||
          verb === 'delete' ||
          verb === 'deleteMany'
        ) {
          checkWhere(model, part);
          continue;
        }
        for (const key of ['data', 'create', 'update'] as const) checkData(model, part[key]);
        checkWhere(model, part.where);
        if (verb === 'create' || verb === 'update') checkData(model, part);
      }
    }
  };

  return (model, operation, args) => {
    const given = isRecord(args) ? args : {};
    // Rows that are merely added tell nothing: an audit event is appended by those who may not read any.
    if (operation !== 'createMany') checkModel(model);
    checkArguments(model, given, returnsRows(operation));
    checkData(model, given.data);
    checkData(model, given.create);
    checkData(model, given.update);
  };
}

/** Operations that answer with rows, and so with every column where nothing is selected. */
function returnsRows(operation: string): boolean {
  return !['count', 'aggregate', 'groupBy', 'createMany', 'updateMany', 'deleteMany'].includes(operation);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
