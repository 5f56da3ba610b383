/**
 * Assembles the schema that Prisma reads out of `prisma/schema/`: the engine's file, which knows no domain, gets a
 * field for each relation by which another file's model leads to one of its models. Prisma wants both ends of a
 * relation, and no model may lie in two files. Imports Node's built-ins only: this runs before anything is installed.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file whose models get fields. */
const engineFile = 'engine.prisma';

/** Thrown for a schema that cannot be put together; the message names file, model and field, and what to write. */
export class SchemaAssemblyError extends Error {
  constructor(message) {
    super(message);
    this.name = 'SchemaAssemblyError';
  }
}

/** A line without its comment; two slashes within quotes are none. */
const withoutComment = (line) => line.replace(/("(?:[^"\\]|\\.)*")|\/\/.*/g, (_, quoted) => quoted ?? '');

const isOpen = (text) => text.split('(').length > text.split(')').length;

/**
 * Models of one file: name, index of the line that closes each, fields with their `@back`, and attributes of the model.
 */
function readModels(text) {
  const lines = text.split(/\r?\n/);
  const models = [];
  let model = null;
  let back = null;
  for (let index = 0; index < lines.length; index++) {
    let line = withoutComment(lines[index]).trim();
    const opened = /^model\s+(\w+)\s*\{$/.exec(line);
    if (opened) {
      model = { name: opened[1], fields: [], keys: [], closedAt: -1 };
      back = null;
      continue;
    }
    if (!model) continue;
    if (line === '}') {
      models.push({ ...model, closedAt: index });
      model = null;
      continue;
    }
    const named = /^\s*\/\/\/\s*@back\s+(\w+)\s*$/.exec(lines[index]);
    if (named) back = named[1];
    if (line === '') continue;
    while (isOpen(line) && index + 1 < lines.length) line += ` ${withoutComment(lines[++index]).trim()}`;
    const key = /^@@(?:unique|id)\(\s*(?:fields:\s*)?\[([^\]]*)\]/.exec(line);
    if (key) model.keys.push(namesOf(key[1]));
    const field = /^(\w+)\s+(\w+)(\?|\[\])?(?:\s+(.*))?$/.exec(line);
    if (field) {
      const [, name, type, suffix = '', attributes = ''] = field;
      if (/@(?:unique|id)\b/.test(attributes)) model.keys.push([name]);
      model.fields.push({ name, type, suffix, attributes, back });
    }
    back = null;
  }
  return { lines, models };
}

const namesOf = (list) => list.split(',').map((name) => name.replace(/\(.*\)/, '').trim());

const lowerFirst = (text) => text.charAt(0).toLowerCase() + text.slice(1);

function pluralOf(word) {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(?:s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

/**
 * The name of a field that nobody named: `invoices` for `organization Organization` of Invoice, and `createdByInvoices`
 * for `createdBy User`. It depends on this relation alone, so that it stays when another one is added.
 */
function nameOf(model, field, isMany) {
  const noun = isMany ? pluralOf(model.name) : model.name;
  return field.name === lowerFirst(field.type) ? lowerFirst(noun) : `${field.name}${noun}`;
}

/** The field that leads back. */
function backOf(file, model, field) {
  const place = `${file}: ${model.name}.${field.name}`;
  const relation = /@relation\((.*)\)/.exec(field.attributes)?.[1] ?? '';
  const columns = /\bfields:\s*\[([^\]]*)\]/.exec(relation)?.[1];
  if (columns === undefined)
    throw new SchemaAssemblyError(
      `${place} leads to ${field.type}, a model of the engine: ` +
        'write @relation(fields: […], references: […]), with the columns here.',
    );
  const relationName = /^\s*(?:name:\s*)?"([^"]+)"/.exec(relation)?.[1] ?? null;
  const isSame = (key) => [...key].sort().join() === namesOf(columns).sort().join();
  const isMany = !model.keys.some(isSame);
  const name = field.back ?? nameOf(model, field, isMany);
  return {
    place,
    target: field.type,
    relationName,
    name,
    line: `  ${name} ${model.name}${isMany ? '[]' : '?'}${relationName ? ` @relation("${relationName}")` : ''}`,
  };
}

/**
 * @throws SchemaAssemblyError where two relations of a model lead to one of the engine's and Prisma could not tell them
 * apart.
 */
function assertTold(model, backs) {
  for (const { target, relationName, place } of backs)
    if (relationName === null && backs.filter((other) => other.target === target).length > 1)
      throw new SchemaAssemblyError(
        `${place} is one of several relations to ${target}: ` +
          `give each a name of its own, such as @relation("${model.name}${target}", fields: …).`,
      );
}

/**
 * @param files text by name of file; the engine's has models that get fields, and none of the others is changed.
 * @returns the same files, assembled.
 * @throws SchemaAssemblyError
 */
export function assembleSchema(files) {
  const engine = readModels(files[engineFile] ?? '');
  const byName = new Map(engine.models.map((model) => [model.name, model]));
  const added = new Map();
  const taken = new Map(engine.models.map(({ name, fields }) => [name, new Set(fields.map((field) => field.name))]));
  for (const file of Object.keys(files).sort()) {
    if (file === engineFile) continue;
    for (const model of readModels(files[file]).models) {
      const relations = model.fields.filter(({ type }) => byName.has(type));
      const backs = relations.map((field) => backOf(file, model, field));
      assertTold(model, backs);
      for (const back of backs) {
        if (taken.get(back.target).has(back.name))
          throw new SchemaAssemblyError(
            `${back.place}: ${back.target} has a field ${back.name} already. ` +
              'Name the one that leads back: /// @back otherName in the line above.',
          );
        taken.get(back.target).add(back.name);
        added.set(back.target, [...(added.get(back.target) ?? []), back.line]);
      }
    }
  }
  const closing = new Map(engine.models.map(({ name, closedAt }) => [closedAt, added.get(name) ?? []]));
  const lines = engine.lines.flatMap((line, index) => [...(closing.get(index) ?? []), line]);
  return { ...files, [engineFile]: lines.join('\n') };
}

/** The files of a folder that are part of the schema. */
export function readSchema(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.prisma'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** Reads the schema of one folder and writes it, assembled, to another, which holds nothing else afterwards. */
export function writeAssembledSchema(from, to) {
  const files = assembleSchema(readSchema(from));
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const [name, text] of Object.entries(files))
    writeFileSync(
      join(to, name),
      `// Written by scripts/assemble-schema.mjs. Do not edit: change prisma/schema/${name}.\n${text}`,
    );
}
