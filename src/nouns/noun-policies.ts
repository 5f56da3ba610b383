/**
 * The rows of the table that follow from a declaration: the type's and its fields', and for everything else the rule of what carries it, or
 * of the column that it names. What a declaration narrows is narrowed wherever the column can be met.
 */
import { requireMember } from '../authorization/data-model.ts';
import type { Permission } from '../authorization/permissions.ts';
import { connection, openArguments, type PolicyTable } from '../authorization/policy-table.ts';
import { can, inherited, type Rule, type StaticRule } from '../authorization/rules.ts';
import type { AnyNoun } from './declaration.ts';
import type { AnyField, Held } from './fields.ts';
import { constantCase, lists, sentenceNames } from './names.ts';
import { permissionNamed } from './row-rules.ts';
import { inputName } from './row-service.ts';

const readOf = (field: AnyField): Held<string> | undefined =>
  'read' in field.options ? field.options.read : undefined;
/** Comparing tells what reading does. */
const compareOf = (field: AnyField): Held<string> | undefined =>
  'compare' in field.options && field.options.compare ? field.options.compare : readOf(field);
const writeOf = (field: AnyField): Held<string> | undefined =>
  'write' in field.options ? field.options.write : undefined;
const rowOf = (held: Held<string> | undefined): StaticRule => (held ? can(permissionNamed(held)) : inherited);

/** Whoever makes, changes or deletes a row learns what it stands on: that its parent is there, that a value is taken, that it is there. */
function writeRule(held: Held<string>, reads: Held<string>): StaticRule {
  const needed: [Permission, ...Permission[]] = [permissionNamed(held)];
  const read = permissionNamed(reads);
  if (!needed.includes(read)) needed.push(read);
  return can(...needed);
}

/** The rows of a noun. */
export function policiesOf(noun: AnyNoun): PolicyTable {
  const { name, parent, writes = {} } = noun;
  const read = can(permissionNamed(noun.read));
  const rows: Record<string, Rule> = { [name]: read, [`${name}.id`]: read, ...connection<string>(name, read) };
  const fields = Object.entries(noun.fields);

  for (const [field, declared] of fields) {
    const narrowed = readOf(declared);
    rows[`${name}.${field}`] = narrowed ? can(permissionNamed(narrowed)) : read;
  }

  const { filtered, ordered } = lists(noun);
  if (filtered.length > 0) {
    const filter = `${name}Filter`;
    rows[filter] = inherited;
    for (const word of ['AND', 'OR', 'NOT']) rows[`${filter}.${word}`] = inherited;
    for (const [field, declared] of filtered) rows[`${filter}.${field}`] = rowOf(compareOf(declared));
  }
  rows[`${name}Order`] = inherited;
  rows[`${name}Order.field`] = inherited;
  rows[`${name}Order.direction`] = inherited;
  rows[`${name}OrderField`] = inherited;
  for (const [field, declared] of ordered)
    rows[`${name}OrderField.${constantCase(field)}`] = rowOf(compareOf(declared));

  const listArguments = ['first', 'last', 'after', 'before', ...(filtered.length > 0 ? ['filter'] : []), 'orderBy'];
  if (noun.queries) {
    const { one, all } = noun.queries;
    rows[`Query.${one}`] = read;
    rows[`Query.${one}(id:)`] = inherited;
    rows[`Query.${all}`] = read;
    Object.assign(rows, openArguments(`Query.${all}`, ...listArguments));
  }
  if (parent) {
    const above = requireMember(name, parent.relation).type;
    rows[`${above}.${parent.list.name}`] = read;
    Object.assign(rows, openArguments(`${above}.${parent.list.name}`, ...listArguments));
    if (parent.list.filter) {
      rows[`${above}Filter.${parent.list.name}`] = read;
      rows[`${name}ListFilter`] = inherited;
      for (const word of ['some', 'every', 'none']) rows[`${name}ListFilter.${word}`] = inherited;
    }
  }

  const payload = (verb: string, rule: Rule, member: string, memberRule: Rule): void => {
    const mutation = `${verb}${name}`;
    rows[`Mutation.${mutation}`] = rule;
    rows[`Mutation.${mutation}(input:)`] = inherited;
    const type = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}${name}`;
    rows[`${type}Input`] = inherited;
    rows[`${type}Payload`] = rule;
    rows[`${type}Payload.${member}`] = memberRule;
  };
  const { property } = sentenceNames(noun);
  if (writes.create) {
    payload('create', writeRule(writes.create, parent?.read ?? noun.read), property, read);
    if (parent) rows[`Create${name}Input.${parent.relation}Id`] = inherited;
    for (const [field, declared] of fields)
      if ('create' in declared.options && declared.options.create)
        rows[`Create${name}Input.${inputName(field, declared)}`] = rowOf(writeOf(declared));
  }
  if (writes.update) {
    payload('update', writeRule(writes.update, noun.read), property, read);
    rows[`Update${name}Input.id`] = inherited;
    rows[`Update${name}Input.expectedUpdatedAt`] = inherited;
    for (const [field, declared] of fields)
      if (isUpdated(declared)) rows[`Update${name}Input.${inputName(field, declared)}`] = rowOf(writeOf(declared));
  }
  if (writes.delete) {
    const rule = writeRule(writes.delete, noun.read);
    payload('delete', rule, 'deletedId', rule);
    rows[`Delete${name}Input.id`] = inherited;
  }

  if (noun.events && parent) {
    rows[`Subscription.${property}Changed`] = read;
    rows[`Subscription.${property}Changed(${parent.relation}Id:)`] = inherited;
    for (const member of ['', '.kind', `.${property}Id`, `.${property}`]) rows[`${name}Change${member}`] = read;
  }
  return rows;
}

/** Whether a field is changed after its row was made. */
export function isUpdated({ options }: AnyField): boolean {
  if (!('create' in options || 'update' in options)) return false;
  return options.update ?? options.create !== undefined;
}
