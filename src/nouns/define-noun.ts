/**
 * A noun out of its declaration: rows of the table, visibility, object type, filter, order, connection, list below its parent, queries,
 * mutations, events, audit actions. What is special is added beside it in plain Pothos, attached to the same table.
 */
import { type AuditDetails, defineAuditActions } from '../authorization/audit-actions.ts';
import { relationColumn, requireMember } from '../authorization/data-model.ts';
import { localId } from '../authorization/global-id.ts';
import { definePolicies, policyOf } from '../authorization/policies.ts';
import { can, inherited } from '../authorization/rules.ts';
import { defineVisibility, everyRow, type ModelName, noRow, visibleRows } from '../authorization/visibility.ts';
import { createConnection, type ListKind, nestedList, resolveList } from './connection.ts';
import type { AnyNoun, NounDeclaration } from './declaration.ts';
import type { AnyField } from './fields.ts';
import {
  BooleanFilter,
  column,
  DateTimeFilter,
  DecimalFilter,
  defineFilter,
  defineListFilter,
  extendFilter,
  type FilterSpec,
  filterOf,
  IntFilter,
  idColumn,
  list,
  type NewMember,
  nullableColumn,
  one,
  StringFilter,
} from './filter.ts';
import { type LooseFields, looseBuilder } from './loose-builder.ts';
import { byWords, constantCase, lists, sentenceNames } from './names.ts';
import { findOne, readsById } from './node.ts';
import { defineNounEvents } from './noun-events.ts';
import { policiesOf } from './noun-policies.ts';
import { defineNounWrites } from './noun-writes.ts';
import { createOrderInput, type OrderColumns } from './order-input.ts';
import { registerNoun } from './register.ts';
import { permissionNamed, rowsWhere, ruleColumns } from './row-rules.ts';

/** A declared noun, for what is added to it. */
export interface Noun<Model extends ModelName = ModelName> {
  readonly name: Model;
  /** As the engine reads it. */
  readonly declaration: AnyNoun;
  /** The object type, for fields that answer it elsewhere. */
  readonly type: object;
  /** Its lists, for fields that list it elsewhere. */
  readonly list: ListKind;
}

/** Declares a noun; once for a model. @throws Error for what the compiler cannot see, such as a relation of several columns. */
export function defineNoun<const Model extends ModelName, const Own extends string>(
  name: Model,
  given: NounDeclaration<Model, Own>,
): Noun<Model> {
  const noun = { ...given, name } as unknown as AnyNoun;
  registerNoun(noun);
  definePolicies(policiesOf(noun));
  defineNounVisibility(noun);
  defineActions(noun);
  const type = defineType(noun);
  const filter = defineNounFilter(noun);
  const orders = ordersOf(noun);
  const order = createOrderInput(name, orders);
  const { connection, edge } = createConnection(name, type as never);
  const kind: ListKind = { name, filter, orders, defaultOrder: defaultOrderOf(noun) };
  const inAnOrder = `In which order; by ${inOrderOf(noun)} when left out.`;
  const listArguments = (t: LooseFields) => ({
    ...(filter ? { filter: t.arg({ type: filter.input, description: 'Which of them; all when left out.' }) } : {}),
    orderBy: t.arg({ type: order, description: inAnOrder }),
  });

  if (noun.parent) {
    const above = requireMember(name, noun.parent.relation).type as ModelName;
    const { list: words } = noun.parent;
    const nested = nestedList(kind, `${above}.${words.name}`, words.name);
    looseBuilder.prismaObjectField(above, words.name, (t) =>
      t.connection(
        {
          type,
          nullable: true,
          description: words.description ?? `Its ${noun.plural}. Null when denied.`,
          authScopes: policyOf(`${above}.${words.name}`),
          args: listArguments(t),
          ...nested,
        },
        connection,
        edge,
      ),
    );
    if (words.filter && filter) {
      const listFilter = defineListFilter(
        name,
        `Conditions on the ${noun.plural} below something, of those that the viewer can see.`,
        filter,
        (viewer) => visibleRows(name, viewer),
      );
      extendFilter(
        above,
        words.name,
        list(() => listFilter, `By its ${noun.plural}.`),
      );
    }
  }

  if (noun.queries) {
    const { one: single, all } = noun.queries;
    const { article } = sentenceNames(noun);
    looseBuilder.queryField(single, (t) =>
      t.field({
        type,
        nullable: true,
        description: `${article.charAt(0).toUpperCase()}${article.slice(1)}. Null when there is none with this id.`,
        authScopes: policyOf(`Query.${single}`),
        extensions: readsById(name),
        args: { id: t.arg.id({ required: true, description: 'The global id.' }) },
        resolve: (_root: unknown, { id }: { id: string }, context: never, info: never) =>
          findOne(name, String(id), context, info),
      }),
    );
    looseBuilder.queryField(all, (t) =>
      t.connection(
        {
          type,
          nullable: true,
          description: `The ${noun.plural} of the organization.`,
          authScopes: policyOf(`Query.${all}`),
          args: listArguments(t),
          resolve: (_root: unknown, args: object, context: never, info: never) =>
            resolveList(kind, args, context, info),
        },
        connection,
        edge,
      ),
    );
  }
  defineNounWrites(noun, type);
  defineNounEvents(noun, type);
  return { name, declaration: noun, type, list: kind };
}

/** Nothing without the permission; of the rest what the row rule lets through. */
function defineNounVisibility(noun: AnyNoun): void {
  const needed = permissionNamed(noun.read);
  const { rows } = noun;
  defineVisibility(noun.name, {
    rows: (viewer) => {
      if (!viewer.permissions.has(needed)) return noRow;
      return rows ? rowsWhere(noun.name, rows, viewer) : everyRow;
    },
    // Somebody who stands beside visible work is visible: as far as whoever reads the field reads the noun.
    impliedEdges: Object.entries(noun.fields).flatMap(([field, { kind }]) =>
      kind === 'relation' && requireMember(noun.name, field).type === 'User' ? [field] : [],
    ),
  });
}

/** Details are columns: of those that are audited the value, for whoever reads the column; of the others that they changed. */
function defineActions(noun: AnyNoun): void {
  const details: Record<string, AuditDetails[string]> = {};
  for (const [field, { kind, options }] of Object.entries(noun.fields)) {
    if (kind === 'id') continue;
    const detail = kind === 'relation' ? relationColumn(noun.name, field) : field;
    details[detail] = options.audited ? can(permissionNamed(options.read ?? noun.read)) : inherited;
  }
  // What the rule of the row reads is on record with its value: for whoever may read and compare the column.
  const ruleOf = (column: string) => {
    const field = Object.entries(noun.fields).find(([name, { kind }]) =>
      kind === 'relation' ? relationColumn(noun.name, name) === column : name === column,
    )?.[1];
    const narrowed = field && field.kind !== 'id' ? (field.options.compare ?? field.options.read) : undefined;
    return can(permissionNamed(narrowed ?? noun.read));
  };
  const recorded = Object.fromEntries(
    (noun.rows ? ruleColumns(noun.name, noun.rows) : []).map((column) => [column, ruleOf(column)]),
  );
  const { property } = sentenceNames(noun);
  const { create, update, delete: remove } = noun.writes ?? {};
  defineAuditActions({
    ...(create ? { [`${property}.create`]: { ...details, ...recorded } } : {}),
    ...(update ? { [`${property}.update`]: { ...details, ...recorded } } : {}),
    ...(remove ? { [`${property}.delete`]: recorded } : {}),
  });
}

/** The scalar that shows a kind of column. */
const scalars = {
  text: 'String',
  integer: 'Int',
  decimal: 'Decimal',
  instant: 'DateTime',
  boolean: 'Boolean',
} as const;

function defineType(noun: AnyNoun) {
  const { name, fields } = noun;
  return looseBuilder.prismaNode(name, {
    description: noun.description,
    authScopes: policyOf(name),
    select: { id: true },
    id: { field: 'id', description: 'The global id.', authScopes: policyOf(`${name}.id`) },
    fields: (t) =>
      Object.fromEntries(
        Object.entries(fields).flatMap(([field, declared]) => {
          if (declared.kind === 'id') return [];
          const { description, read } = declared.options;
          const common = { description, authScopes: policyOf(`${name}.${field}`) };
          if (declared.kind === 'relation') return [[field, t.relation(field, { ...common, nullable: true })]];
          const type = declared.kind === 'enumeration' ? declared.type.type : scalars[declared.kind];
          // What is denied is null, and so is what may be empty.
          const nullable = read !== undefined || !requireMember(name, field).isRequired;
          return [[field, t.expose(field, { ...common, type, nullable })]];
        }),
      ),
  });
}

/** What compares a kind of column. */
function comparisonOf(name: string, model: ModelName, field: AnyField): NewMember {
  const by = byWords(name, field);
  switch (field.kind) {
    case 'id':
      return idColumn((id) => localId(id, model), 'By id.');
    case 'relation':
      return one(() => filterOf(requireMember(model, name).type), by);
    default: {
      const type = {
        text: StringFilter,
        integer: IntFilter,
        decimal: DecimalFilter,
        instant: DateTimeFilter,
        boolean: BooleanFilter,
        enumeration: field.kind === 'enumeration' ? field.type.filter : null,
      }[field.kind];
      return requireMember(model, name).isRequired ? column(type, by) : nullableColumn(type, by);
    }
  }
}

function defineNounFilter(noun: AnyNoun): FilterSpec | null {
  const { filtered } = lists(noun);
  if (filtered.length === 0) return null;
  return defineFilter(
    noun.name,
    `Conditions on ${noun.plural}; several hold together.`,
    Object.fromEntries(filtered.map(([name, field]) => [name, comparisonOf(name, noun.name, field)])),
  );
}

const orderKinds = {
  text: 'text',
  integer: 'number',
  decimal: 'decimal',
  instant: 'date',
  enumeration: 'enum',
} as const;

function ordersOf(noun: AnyNoun): OrderColumns {
  return Object.fromEntries(
    lists(noun).ordered.map(([name, field]) => {
      if (field.kind === 'id' || field.kind === 'relation' || field.kind === 'boolean')
        throw new Error(`${noun.name} cannot be sorted by ${name}.`);
      return [
        constantCase(name),
        {
          column: name,
          kind: orderKinds[field.kind],
          description: byWords(name, field),
          nullable: !requireMember(noun.name, name).isRequired,
          ...(field.kind === 'enumeration' ? { values: field.type.values } : {}),
        },
      ];
    }),
  );
}

function defaultOrderOf(noun: AnyNoun): ListKind['defaultOrder'] {
  const chosen = lists(noun).ordered.find(([, { options }]) => 'order' in options && options.order === 'default');
  if (!chosen) throw new Error(`${noun.name} has no default order.`);
  return { field: constantCase(chosen[0]), direction: 'asc' };
}

function inOrderOf(noun: AnyNoun): string {
  const chosen = lists(noun).ordered.find(([, { options }]) => 'order' in options && options.order === 'default');
  return chosen ? byWords(...chosen).slice('By '.length, -1) : 'id';
}
