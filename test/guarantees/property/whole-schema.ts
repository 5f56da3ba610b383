/**
 * Random queries over the whole printed schema, with what the hand-written file says of each: which coordinates must be denied by
 * permissions alone, and which the row decides. The gateway's own schema and table are not asked.
 */
import {
  type GraphQLInputType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { type ExpectedViewer, expectedDecision, expectedInputs, expectedOutputs, needsOf } from '../expected-access.ts';
import { type Samples, schema } from '../operations.ts';

/** A query, and what is known of it beforehand. */
export interface RandomQuery {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Coordinates that must be denied to a viewer by permissions alone, and those that may be, for what a row says. */
  deniedTo(viewer: ExpectedViewer): { readonly must: ReadonlySet<string>; readonly may: ReadonlySet<string> };
}

interface Written {
  readonly type: string;
  readonly field: string;
  readonly inputs: readonly string[];
  readonly inner: readonly Written[];
}

/** How many fields a query has at the most, and how deep it goes. */
const maxFields = 24;
const maxDepth = 5;

const nodeTypes = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType =>
    isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node') && type.name in globalTypes(),
);

/** Types of which the demo data has something to ask for by its id. */
function globalTypes(): Readonly<Record<string, true>> {
  return Object.fromEntries(
    expectedOutputs.map((coordinate) => coordinate.split('.')[0] ?? '').map((name) => [name, true as const]),
  );
}

/** Writes a query by a list of choices: the same list writes the same query, and a shorter one a simpler query. */
export function writeQuery(choices: readonly number[], samples: Samples): RandomQuery {
  let at = 0;
  let fields = 0;
  const choose = (below: number): number => (choices[at++] ?? 0) % below;
  const pick = <T>(list: readonly T[]): T => list[choose(list.length)] as T;
  const variables: Record<string, unknown> = {};
  const declarations: string[] = [];
  const fragments: string[] = [];

  const declare = (type: string, value: unknown): string => {
    const name = `v${declarations.length}`;
    declarations.push(`$${name}: ${type}`);
    variables[name] = value;
    return `$${name}`;
  };

  /** A value, as JSON; enum values marked. Notes the coordinates that it uses. */
  const value = (type: GraphQLInputType, depth: number, used: Set<string>): unknown => {
    if (isNonNullType(type)) return value(type.ofType, depth, used);
    if (isListType(type)) return [value(type.ofType, depth, used)];
    if (isEnumType(type)) {
      const { name } = pick(type.getValues());
      used.add(`${type.name}.${name}`);
      return { enum: name };
    }
    if (isInputObjectType(type)) {
      const all = Object.values(type.getFields());
      const simple = all.filter((field) => depth > 0 || !/^(AND|OR|NOT)$|s$|^(project|lead)$/.test(field.name));
      const wanted = all.filter((field) => isNonNullType(field.type));
      const chosen = new Set([...wanted, pick(simple.length > 0 ? simple : all)]);
      return Object.fromEntries(
        [...chosen].map((field) => {
          used.add(`${type.name}.${field.name}`);
          return [field.name, value(field.type, depth - 1, used)];
        }),
      );
    }
    if (type.name === 'Int') return choose(100);
    if (type.name === 'Boolean') return choose(2) === 1;
    if (type.name === 'DateTime') return '2026-06-01T00:00:00.000Z';
    if (type.name === 'Decimal') return pick(['100.00', '20000.00']);
    if (type.name === 'ID') return pick(Object.values(samples));
    return pick(['a', 'e', 'Apollo']);
  };

  const argumentsOf = (type: GraphQLObjectType | GraphQLInterfaceType, name: string, used: Set<string>): string => {
    const parts: string[] = [];
    for (const argument of type.getFields()[name]?.args ?? []) {
      const given = (() => {
        if (argument.name === 'first') return 1 + choose(3);
        if (argument.name === 'ids') return [pick(Object.values(samples)), pick(Object.values(samples))];
        if (argument.name === 'id') return samples[getNamedType(type.getFields()[name]?.type)?.name ?? ''] ?? 'none';
        if (argument.name === 'operation') return '{ projects { nodes { budget } } }';
        if ((argument.name === 'filter' || argument.name === 'orderBy') && choose(3) === 0)
          return value(argument.type, 2, used);
        return undefined;
      })();
      if (given === undefined) continue;
      parts.push(
        `${argument.name}: ${choose(2) === 0 ? literal(given) : declare(String(argument.type), withoutMarks(given))}`,
      );
    }
    return parts.length > 0 ? `(${parts.join(', ')})` : '';
  };

  let explained = false;
  const selection = (type: GraphQLObjectType, depth: number): { text: string; written: Written[] } => {
    const all = Object.values(type.getFields()).filter(
      (field) => depth > 0 || !('getFields' in (getNamedType(field.type) as object)),
    );
    const texts = ['__typename'];
    const written: Written[] = [];
    const count = type.name === 'Query' ? 1 + choose(3) : 1 + choose(4);
    for (let index = 0; index < count && all.length > 0 && fields < maxFields; index++) {
      // Through a connection rather to its nodes: the rest of it says little.
      const nodes = type.getFields().nodes;
      const field = nodes && index === 0 && depth > 0 ? nodes : pick(all);
      // Once in an operation: a second one is refused with the whole.
      if (field.name === 'explainAccess' && explained) continue;
      explained ||= field.name === 'explainAccess';
      const alias = `k${fields++}_${field.name}`;
      const used = new Set<string>();
      const args = argumentsOf(type, field.name, used);
      const target = getNamedType(field.type);
      const inner = { text: '', written: [] as Written[] };
      if (isObjectType(target)) Object.assign(inner, selection(target, depth - 1));
      else if (isInterfaceType(target)) {
        const concrete = pick(nodeTypes);
        const { text, written: below } = selection(concrete, depth - 1);
        Object.assign(inner, { text: `__typename ... on ${concrete.name} { ${text} }`, written: below });
      }
      const condition = choose(6) === 0 ? { directive: pick(['skip', 'include']), on: choose(2) === 1 } : null;
      const directive = condition ? ` @${condition.directive}(if: ${declare('Boolean!', condition.on)})` : '';
      const text = `${alias}: ${field.name}${args}${directive}${inner.text ? ` { ${inner.text} }` : ''}`;
      texts.push(wrap(type, text));
      if (!condition || (condition.directive === 'include') === condition.on)
        written.push({ type: type.name, field: field.name, inputs: [...used], inner: inner.written });
    }
    return { text: texts.join(' '), written };
  };

  const wrap = (type: GraphQLObjectType, text: string): string => {
    switch (choose(6)) {
      case 1:
        return `... on ${type.name} { ${text} }`;
      case 2:
        return type.getInterfaces().length > 0 ? `... on Node { ... on ${type.name} { ${text} } }` : text;
      case 3:
        fragments.push(`fragment F${fragments.length} on ${type.name} { ${text} }`);
        return `...F${fragments.length - 1}`;
      default:
        return text;
    }
  };

  const { text, written } = selection(schema.getQueryType() as GraphQLObjectType, maxDepth);
  const head = declarations.length > 0 ? `query (${declarations.join(', ')})` : 'query';
  return {
    text: `${head} { ${text} } ${fragments.join(' ')}`,
    variables,
    deniedTo: (viewer) => deniedTo(written, viewer),
  };
}

function deniedTo(written: readonly Written[], viewer: ExpectedViewer): { must: Set<string>; may: Set<string> } {
  const must = new Set<string>();
  const may = new Set<string>();
  const look = (at: readonly Written[]): void => {
    for (const { type, field, inputs, inner } of at) {
      const needs = needsOf(type, field);
      if (!needs) throw new Error(`Nobody wrote down what ${type}.${field} needs.`);
      const decision = expectedDecision(needs, viewer);
      if (decision === 'denied') {
        must.add(`${type}.${field}`);
        continue;
      }
      if (decision === 'self') may.add(`${type}.${field}`);
      // A rule of the row never opens an input.
      const refused = inputs.filter((coordinate) => {
        const need = expectedInputs.get(coordinate);
        return need !== undefined && expectedDecision([need], viewer) !== 'allowed';
      });
      for (const coordinate of refused) must.add(coordinate);
      if (refused.length === 0) look(inner);
    }
  };
  look(written);
  return { must, may };
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if ('enum' in value) return String(value.enum);
  return `{ ${Object.entries(value)
    .map(([name, item]) => `${name}: ${literal(item)}`)
    .join(', ')} }`;
}

function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== 'object' || value === null) return value;
  if ('enum' in value) return value.enum;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutMarks(item)]));
}
