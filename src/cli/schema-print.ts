/**
 * `npm run schema:print` writes `schema.graphql`, directives included; `npm run schema:check` (`--check`) fails when the
 * file says something else than the code, so that every change of the contract is a visible diff in review.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  lexicographicSortSchema,
} from 'graphql';
import { buildPublicSchema } from '../schema.ts';

const path = fileURLToPath(new URL('../../schema.graphql', import.meta.url));
const head = '# Written by `npm run schema:print`. Do not edit: change the code and print again.\n\n';
const printed = `${head}${printSchemaWithDirectives(withNamedDirectives(lexicographicSortSchema(buildPublicSchema())))}\n`;

if (process.argv.includes('--check')) {
  const committed = readCommitted();
  if (committed !== printed) {
    console.error(
      `schema.graphql differs from the code${firstDifference(committed, printed)}: run \`npm run schema:print\`.`,
    );
    process.exitCode = 1;
  }
} else writeFileSync(path, printed);

function readCommitted(): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function firstDifference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const line = now.findIndex((text, index) => text !== old[index]);
  return line === -1 ? '' : ` from line ${line + 1} on ("${now[line]?.trim() ?? ''}")`;
}

/** The printer wants directives by name, those that are repeated as a list, where the schema has them in order. */
function withNamedDirectives(schema: GraphQLSchema): GraphQLSchema {
  for (const element of elementsOf(schema)) {
    const { directives } = element.extensions;
    if (!Array.isArray(directives)) continue;
    const byName: Record<string, unknown[]> = {};
    for (const { name, args } of directives as { name: string; args: unknown }[]) {
      byName[name] ??= [];
      byName[name].push(args);
    }
    element.extensions = { ...element.extensions, directives: byName };
  }
  return schema;
}

interface Extended {
  extensions: Readonly<Record<string, unknown>>;
}

function* elementsOf(schema: GraphQLSchema): Generator<Extended> {
  for (const type of Object.values(schema.getTypeMap())) {
    yield type;
    if (isEnumType(type)) yield* type.getValues();
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      yield field;
      if ('args' in field) yield* field.args;
    }
  }
}
