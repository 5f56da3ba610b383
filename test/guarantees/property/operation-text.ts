/** Random operations of the model's language, and how they are written in GraphQL. */
import fc from 'fast-check';
import { type Filter, fieldsOf, type ListArguments, orders, type Selected, type TypeName, targetOf } from './model.ts';

const statuses: Readonly<Record<string, readonly string[]>> = {
  Project: ['PLANNED', 'ACTIVE', 'ON_HOLD'],
  Task: ['TODO', 'DONE', 'IN_PROGRESS'],
};

function comparison(type: TypeName): fc.Arbitrary<Filter> {
  const text = (member: string) =>
    fc
      .constantFrom('a', 'e', 'Apollo', '1', 'late')
      .map((value): Filter => ({ kind: 'compare', member, operator: 'contains', value }));
  const number = (member: string, values: readonly (string | number)[], nullable: boolean) =>
    fc.oneof(
      fc
        .tuple(fc.constantFrom('gt' as const, 'lt' as const, 'eq' as const), fc.constantFrom(...values))
        .map(([operator, value]): Filter => ({ kind: 'compare', member, operator, value })),
      ...(nullable
        ? [fc.boolean().map((value): Filter => ({ kind: 'compare', member, operator: 'isNull', value }))]
        : []),
    );
  const status = fc
    .constantFrom(...(statuses[type] ?? ['']))
    .map((value): Filter => ({ kind: 'compare', member: 'status', operator: 'eq', value }));
  if (type === 'Project')
    return fc.oneof(
      text('name'),
      status,
      number('budget', ['100.00', '500.00'], true),
      number('spent', ['50.00'], false),
    );
  if (type === 'Task')
    return fc.oneof(
      text('title'),
      status,
      number('number', [2, 4], false),
      number('estimateMinutes', [30, 90], true),
      text('internalNotes'),
    );
  if (type === 'User')
    return fc.oneof(
      text('name'),
      fc
        .constantFrom('owner', 'manager', 'acme', 'z')
        .map((value): Filter => ({ kind: 'compare', member: 'email', operator: 'contains', value })),
      fc.boolean().map((value): Filter => ({ kind: 'compare', member: 'phone', operator: 'isNull', value })),
    );
  return fc.oneof(
    text('body'),
    fc.boolean().map((value): Filter => ({ kind: 'compare', member: 'internal', operator: 'eq', value })),
  );
}

/** Conditions on one related row. */
const ofOne = (member: string, type: TypeName): fc.Arbitrary<Filter> =>
  filter(type, 0).map((part): Filter => ({ kind: 'relation', member, quantifier: 'one', part }));

function filter(type: TypeName, depth: number): fc.Arbitrary<Filter> {
  if (depth === 0) return comparison(type);
  const inner = filter(type, depth - 1);
  const relations: fc.Arbitrary<Filter>[] =
    type === 'Project'
      ? [
          fc
            .tuple(fc.constantFrom('some' as const, 'none' as const), filter('Task', 0))
            .map(([quantifier, part]): Filter => ({ kind: 'relation', member: 'tasks', quantifier, part })),
          ofOne('lead', 'User'),
        ]
      : type === 'Task'
        ? [
            ofOne('project', 'Project'),
            ofOne('assignee', 'User'),
            fc
              .tuple(fc.constantFrom('some' as const, 'none' as const), filter('Comment', 0))
              .map(([quantifier, part]): Filter => ({ kind: 'relation', member: 'comments', quantifier, part })),
          ]
        : [];
  return fc.oneof(
    { weight: 3, arbitrary: comparison(type) },
    {
      weight: 1,
      arbitrary: fc.array(inner, { minLength: 1, maxLength: 3 }).map((parts): Filter => ({ kind: 'AND', parts })),
    },
    {
      weight: 1,
      arbitrary: fc.array(inner, { minLength: 1, maxLength: 3 }).map((parts): Filter => ({ kind: 'OR', parts })),
    },
    { weight: 1, arbitrary: inner.map((part): Filter => ({ kind: 'NOT', part })) },
    ...relations.map((arbitrary) => ({ weight: 1, arbitrary })),
  );
}

function listArguments(type: TypeName): fc.Arbitrary<ListArguments> {
  const values = type === 'Project' || type === 'Task' ? Object.keys(orders[type]) : [];
  return fc.record({
    first: fc.integer({ min: 1, max: 6 }),
    filter: fc.option(filter(type, 2), { freq: 2 }),
    order:
      values.length === 0
        ? fc.constant(null)
        : fc.option(
            fc.record({
              field: fc.constantFrom(...values),
              direction: fc.constantFrom('ASC' as const, 'DESC' as const),
            }),
          ),
    inVariables: fc.boolean(),
  });
}

const wrapping = fc.constantFrom(
  'plain' as const,
  'plain' as const,
  'inline' as const,
  'named' as const,
  'node' as const,
);
const condition = fc.option(
  fc.record({ directive: fc.constantFrom('skip' as const, 'include' as const), value: fc.boolean() }),
  { freq: 4 },
);

function selection(type: TypeName, depth: number): fc.Arbitrary<readonly Selected[]> {
  const { leaves, relations } = fieldsOf[type];
  const leaf = fc.constantFrom(...(leaves.length > 0 ? leaves : ['name']));
  const one = (field: string): fc.Arbitrary<Selected> => {
    const target = targetOf(type, field);
    return fc.record({
      field: fc.constant(field),
      alias: fc.constant<string | null>(null),
      list: target?.many ? listArguments(target.type) : fc.constant(null),
      inner: target ? selection(target.type, depth - 1) : fc.constant([]),
      wrapping: type === 'Query' ? fc.constant('plain' as const) : wrapping,
      condition,
    });
  };
  const any =
    depth > 0 && relations.length > 0
      ? fc.oneof(
          { weight: leaves.length > 0 ? 3 : 0, arbitrary: leaf.chain(one) },
          { weight: 2, arbitrary: fc.constantFrom(...relations).chain(one) },
        )
      : leaf.chain(one);
  const many =
    type === 'Query'
      ? fc.array(fc.constantFrom(...relations).chain(one), { minLength: 1, maxLength: 2 })
      : fc.array(any, { minLength: 1, maxLength: 4 });
  // Every key once: two fields under one key would have to be the same field.
  return many.map((fields) => fields.map((field, index): Selected => ({ ...field, alias: `k${index}` })));
}

/** Random operations: three relations deep at the most. */
export const operations = selection('Query', 3);

/** Random selections of a task: two relations deep at the most. */
export const taskSelections = selection('Task', 2);

/** An operation as it is sent. */
export interface WrittenOperation {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

function filterValue(filter: Filter): Record<string, unknown> {
  switch (filter.kind) {
    case 'compare':
      return { [filter.member]: { [filter.operator]: filter.value } };
    case 'NOT':
      return { NOT: filterValue(filter.part) };
    case 'relation': {
      const inner = filterValue(filter.part);
      return { [filter.member]: filter.quantifier === 'one' ? inner : { [filter.quantifier]: inner } };
    }
    default:
      return { [filter.kind]: filter.parts.map(filterValue) };
  }
}

/** A value as a GraphQL literal; statuses are enum values. */
function literal(value: unknown, name = ''): string {
  if (Array.isArray(value)) return `[${value.map((item) => literal(item)).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${literal(item, name === 'status' ? 'status' : key)}`)
      .join(', ')} }`;
  return name === 'status' || name === 'field' || name === 'direction' ? String(value) : JSON.stringify(value);
}

/** A selection as it is written, with what it needs around it. */
export interface WrittenSelection {
  readonly selection: string;
  readonly fragments: string;
  /** Of variables: `$name: Type`. */
  readonly declarations: readonly string[];
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Writes an operation in GraphQL: with its fragments, and with variables where it says so. */
export function writeOperation(fields: readonly Selected[]): WrittenOperation {
  const { selection, fragments, declarations, variables } = writeSelection('Query', fields);
  const head = declarations.length > 0 ? `query (${declarations.join(', ')})` : 'query';
  return { text: `${head} { __typename ${selection} } ${fragments}`, variables };
}

/** Writes the selection of a type. */
export function writeSelection(root: TypeName, fields: readonly Selected[]): WrittenSelection {
  const variables: Record<string, unknown> = {};
  const declarations: string[] = [];
  const fragments: string[] = [];
  const variable = (type: string, value: unknown): string => {
    const name = `v${declarations.length}`;
    declarations.push(`$${name}: ${type}`);
    variables[name] = value;
    return `$${name}`;
  };

  const write = (type: TypeName, selected: Selected): string => {
    const target = targetOf(type, selected.field);
    const args: string[] = [];
    if (target && selected.list) {
      const { first, filter: given, order, inVariables } = selected.list;
      args.push(`first: ${inVariables ? variable('Int', first) : first}`);
      if (given)
        args.push(
          `filter: ${inVariables ? variable(`${target.type}Filter`, filterValue(given)) : literal(filterValue(given))}`,
        );
      if (order) args.push(`orderBy: ${inVariables ? variable(`${target.type}Order`, order) : literal(order)}`);
      else if (target.type === 'Project') args.push('orderBy: { field: KEY }');
    }
    const inner = target ? selected.inner.map((field) => write(target.type, field)).join(' ') : '';
    const body = target ? (target.many ? ` { totalCount nodes { ${inner} } }` : ` { ${inner} }`) : '';
    const directive = selected.condition
      ? ` @${selected.condition.directive}(if: ${variable('Boolean!', selected.condition.value)})`
      : '';
    const text = `${selected.alias}: ${selected.field}${args.length > 0 ? `(${args.join(', ')})` : ''}${directive}${body}`;
    if (selected.wrapping === 'inline') return `... on ${type} { ${text} }`;
    if (selected.wrapping === 'node') return `... on Node { ... on ${type} { ${text} } }`;
    if (selected.wrapping === 'plain') return text;
    const name = `F${fragments.length}`;
    fragments.push('');
    fragments[Number(name.slice(1))] = `fragment ${name} on ${type} { ${text} }`;
    return `...${name}`;
  };

  const selection = fields.map((field) => write(root, field)).join(' ');
  return { selection, fragments: fragments.join(' '), declarations, variables };
}
