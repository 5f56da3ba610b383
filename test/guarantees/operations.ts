/** Operations that reach each coordinate of the schema by the shortest way, and what the hand-written file says of each way. */
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { type ExpectedViewer, expectedDecision, lackingPermissions, needsOf } from './expected-access.ts';

/** The schema as it is printed; the code's own is not asked. */
export const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));

/** A step on the way to a coordinate. */
interface Step {
  readonly type: string;
  readonly field: string;
}

/** An operation that reaches one coordinate. */
export interface Reaching {
  readonly coordinate: string;
  readonly text: string;
  /** A file, where the text takes one: files come in variables alone. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly way: readonly Step[];
  readonly kind: 'query' | 'mutation';
}

/** Ids of things to ask for, by type: global ids. */
export type Samples = Readonly<Record<string, string>>;

function literal(type: GraphQLInputType, samples: Samples, name: string): string {
  if (isNonNullType(type)) return literal(type.ofType, samples, name);
  if (isListType(type)) return `[${literal(type.ofType, samples, name)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return `{ ${required.map((field) => `${field.name}: ${literal(field.type, samples, field.name)}`).join(', ')} }`;
  }
  switch (type.name) {
    case 'Int':
      return '1';
    case 'Boolean':
      return 'false';
    case 'ID':
      return JSON.stringify(samples[name] ?? samples.Project ?? '');
    case 'DateTime':
      return '"2030-01-01T00:00:00Z"';
    case 'Decimal':
      return '"1.00"';
    case 'Upload':
      return '$file';
    default:
      return name === 'operation' || name === 'body' ? '"{ __typename }"' : '"x"';
  }
}

function argumentsOf(field: GraphQLField<unknown, unknown>, samples: Samples): string {
  const required = field.args.filter((argument: GraphQLArgument) => isNonNullType(argument.type));
  if (required.length === 0) return '';
  return `(${required.map((argument) => `${argument.name}: ${literal(argument.type, samples, argument.name)}`).join(', ')})`;
}

function fieldText(type: string, name: string, samples: Samples, inner: string | null): string {
  const parent = schema.getType(type);
  if (!parent || !('getFields' in parent) || isInputObjectType(parent)) throw new Error(`${type} has no fields`);
  const field = parent.getFields()[name] as GraphQLField<unknown, unknown>;
  const selection = isCompositeType(getNamedType(field.type)) ? ` { ${inner ?? '__typename'} }` : '';
  return `${name}${argumentsOf(field, samples)}${selection}`;
}

/** The shortest ways from a root to each object type. */
function waysFrom(root: string): Map<string, readonly Step[]> {
  const ways = new Map<string, readonly Step[]>([[root, []]]);
  const queue = [root];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const type = schema.getType(name);
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const target = getNamedType(field.type);
      if (!isObjectType(target) || ways.has(target.name)) continue;
      ways.set(target.name, [...(ways.get(name) ?? []), { type: name, field: field.name }]);
      queue.push(target.name);
    }
  }
  return ways;
}

function textOf(way: readonly Step[], samples: Samples): string {
  return way.reduceRight<string | null>((inner, { type, field }) => fieldText(type, field, samples, inner), null) ?? '';
}

/** Every field of every type that a query or a mutation reaches; types with a global id through `node`, so that no list stands before them. */
export function reachEverything(samples: Samples): readonly Reaching[] {
  const node = schema.getType('Node');
  const result: Reaching[] = [];
  const seen = new Set<string>();
  for (const [root, kind] of [
    ['Query', 'query'],
    ['Mutation', 'mutation'],
  ] as const) {
    for (const [name, way] of waysFrom(root)) {
      const type = schema.getType(name);
      if (!isObjectType(type)) continue;
      const throughNode =
        kind === 'query' && samples[name] !== undefined && type.getInterfaces().some((one) => one === node);
      for (const field of Object.keys(type.getFields())) {
        const coordinate = `${name}.${field}`;
        if (seen.has(coordinate)) continue;
        seen.add(coordinate);
        const step = { type: name, field };
        const add = (inner: string, steps: readonly Step[]): void => {
          const takesFile = inner.includes('$file');
          result.push({
            coordinate,
            text: `${kind} ${takesFile ? '($file: Upload!) ' : ''}{ ${inner} }`,
            variables: takesFile ? { file: new File(['Notes.'], 'notes.txt') } : {},
            way: steps,
            kind,
          });
        };
        if (throughNode) {
          const inner = `... on ${name} { ${fieldText(name, field, samples, null)} }`;
          add(`node(id: "${samples[name]}") { ${inner} }`, [{ type: 'Query', field: 'node' }, step]);
        } else add(textOf([...way, step], samples), [...way, step]);
      }
    }
  }
  return result;
}

/** What is denied on a way: the first coordinate that is, and nothing beyond it; null when nothing is. */
export function expectedDenial(
  way: readonly Step[],
  viewer: ExpectedViewer,
): { coordinate: string; requires: readonly string[] } | null {
  for (const { type, field } of way) {
    const needs = needsOf(type, field);
    if (!needs) throw new Error(`Nobody wrote down what ${type}.${field} needs.`);
    if (expectedDecision(needs, viewer) === 'denied')
      return { coordinate: `${type}.${field}`, requires: lackingPermissions(needs, viewer) };
  }
  return null;
}

/** Whether the last step is open for rows about oneself alone. */
export function isOfTheRow(way: readonly Step[], viewer: ExpectedViewer): boolean {
  return way.some(({ type, field }) => expectedDecision(needsOf(type, field) ?? [], viewer) === 'self');
}
