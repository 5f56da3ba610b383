/**
 * `npm run bench:hostile`: CPU of reading hostile documents and variables over the real schema, 30 shapes at three sizes. Prints a table, and
 * fails where one of them is over the bound. The lowest of a few runs counts: the first ones also compile.
 */
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { parseConfig } from '../src/config.ts';
import { parseJsonBody, parseParams } from '../src/http/graphql-params.ts';
import { annotateCosts } from '../src/operation/cost-directives.ts';
import { documentLimitsOf, variableLimitsOf } from '../src/operation/document-limits.ts';
import { createOperationReader } from '../src/operation/prepare.ts';

const boundMs = 50;
const runs = 4;
const sizes = { '1 kB': 1_000, '100 kB': 100_000, '1 MB': 1_000_000 } as const;

const config = parseConfig({});
const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
annotateCosts(schema);
const reader = createOperationReader({
  schema,
  limits: documentLimitsOf(config),
  variableLimits: variableLimitsOf(config),
});

interface Body {
  readonly query: string;
  readonly variables?: unknown;
}

/** A part repeated until it fills a size. */
const fill = (size: number, part: (at: number) => string): string => {
  let text = '';
  for (let at = 0; text.length < size; at += 1) text += part(at);
  return text;
};
const query = (text: string): Body => ({ query: text });
const filterQuery = 'query ($filter: UserFilter) { users(filter: $filter) { totalCount } }';
const filtered = (filter: unknown): Body => ({ query: filterQuery, variables: { filter } });
const membersOf = (size: number, name: (at: number) => string): Record<string, number> =>
  Object.fromEntries(Array.from({ length: Math.ceil(size / (name(0).length + 4)) }, (_, at) => [name(at), 1]));

/** Each makes a body of about a size. */
const shapes: Readonly<Record<string, (size: number) => Body>> = {
  spaces: (size) => query(`{ __typename }${' '.repeat(size)}`),
  commas: (size) => query(`${','.repeat(size)}{ __typename }`),
  'line breaks': (size) => query(`${'\n'.repeat(size)}{ __typename }`),
  comments: (size) => query(`${fill(size, () => '#\n')}{ __typename }`),
  'one long comment': (size) => query(`#${'['.repeat(size)}\n{ __typename }`),
  'one long name': (size) => query(`{ ${'a'.repeat(size)} }`),
  'unknown fields': (size) => query(`{ ${fill(size, (at) => `a${at} `)} }`),
  'long unknown fields': (size) => query(`{ ${fill(size, (at) => `${'a'.repeat(150)}${at} `)} }`),
  'one field again and again': (size) => query(`{ ${fill(size, () => '__typename ')} }`),
  aliases: (size) => query(`{ ${fill(size, (at) => `a${at}: __typename `)} }`),
  directives: (size) => query(`{ __typename ${fill(size, () => '@include(if: true) ')} }`),
  'open lists': (size) => query(`{ users(filter: ${'['.repeat(size)}`),
  'open braces': (size) => query('{'.repeat(size)),
  'open parentheses': (size) => query(`{ a${'('.repeat(size)}`),
  'nested selections': (size) => query(fill(size, () => '{ viewer ')),
  'nested inline fragments': (size) => query(`{ ${fill(size, () => '... { ')}`),
  'nested list types': (size) => query(`query ($a: ${'['.repeat(size)}`),
  'a string of escapes': (size) => query(`{ node(id: "${fill(size, () => '\\u0041')}") { id } }`),
  'a block string of lines': (size) => query(`{ node(id: """${'\n'.repeat(size)}""") { id } }`),
  'unknown members in a literal': (size) =>
    query(`{ users(filter: { ${fill(size, (at) => `a${at}: 1 `)} }) { totalCount } }`),
  'long unknown members in a literal': (size) =>
    query(`{ users(filter: { ${fill(size, (at) => `${'a'.repeat(150)}${at}: 1 `)} }) { totalCount } }`),
  'ids in a literal': (size) => query(`{ nodes(ids: [${fill(size, () => '"x" ')}]) { id } }`),
  'fragments that spread each other twice': (size) =>
    query(`{ ...F0 } ${fill(size, (at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} } `)}`),
  operations: (size) => query(fill(size, (at) => `query Q${at} { __typename } `)),
  'declared variables': (size) => query(`query (${fill(size, (at) => `$a${at}: Int `)}) { __typename }`),
  'unknown members in a variable': (size) => filtered(membersOf(size, (at) => `a${at}`)),
  'long unknown members in a variable': (size) => filtered(membersOf(size, (at) => `${'a'.repeat(150)}${at}`)),
  'faulty items in a variable': (size) =>
    filtered({ AND: Array.from({ length: Math.ceil(size / 12) }, (_, at) => ({ a: at })) }),
  'a string that speaks of hints': (size) => filtered({ status: { eq: fill(size, () => 'Did you mean ') } }),
  'U+0000 in a list': (size) => ({
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: { ids: Array.from({ length: Math.ceil(size / 9) }, () => '\0') },
  }),
};

/** Everything that is done with a body before a plan is made. */
function read(body: Buffer): void {
  try {
    const { query: text = '', variables } = parseParams(parseJsonBody(body));
    const document = reader.readAfresh(text);
    if (document.errors.length > 0) return;
    void reader.prepare({ document, operationName: null, variables }).cost;
  } catch {
    // Refused.
  }
}

function cpuMs(body: Buffer): number {
  const measured = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    read(body);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...measured);
}

const columns = Object.keys(sizes);
console.log(`| CPU in ms | ${columns.join(' | ')} |\n|---|${columns.map(() => '---|').join('')}`);
let highest = 0;
for (const [name, shape] of Object.entries(shapes)) {
  const figures = Object.values(sizes).map((size) => cpuMs(Buffer.from(JSON.stringify(shape(size)))));
  highest = Math.max(highest, ...figures);
  console.log(`| ${name} | ${figures.map((ms) => ms.toFixed(2)).join(' | ')} |`);
}
console.log(
  `\n${Object.keys(shapes).length} shapes; the highest is ${highest.toFixed(1)} ms, the bound ${boundMs} ms.`,
);
if (highest > boundMs) process.exitCode = 1;
