/** The data model as walls read it: which members a model has, and by which names Prisma calls its compound keys. */
import { getDatamodel } from '../generated/pothos.ts';

/** A column or a relation of a model. */
export interface ModelMember {
  readonly name: string;
  /** `object` for a relation; anything else is a column. */
  readonly kind: string;
  /** The model that a relation leads to. */
  readonly type: string;
  readonly isList: boolean;
  /** Whether it always holds a value, or always leads to a row. */
  readonly isRequired: boolean;
  /** Whether the database, or its client, knows a value where none is given. */
  readonly hasDefaultValue: boolean;
  /** What a relation and its way back have in common. */
  readonly relationName?: string;
  /** For a relation: the columns that lead to the other row. */
  readonly relationFromFields?: readonly string[];
}

interface Key {
  readonly name: string | null;
  readonly fields: readonly string[];
}

interface Model {
  readonly fields: readonly ModelMember[];
  readonly primaryKey: Key | null;
  readonly uniqueIndexes: readonly Key[];
}

const models = Object.entries(getDatamodel().datamodel.models as unknown as Readonly<Record<string, Model>>);

/** Model to name to member. */
export const modelMembers: ReadonlyMap<string, ReadonlyMap<string, ModelMember>> = new Map(
  models.map(([model, { fields }]) => [model, new Map(fields.map((field) => [field.name, field]))]),
);

/** Model to the names of its compound keys, such as `organizationId_id`. */
export const compoundKeys: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  models.map(([model, { primaryKey, uniqueIndexes }]) => [
    model,
    new Set(
      [...(primaryKey ? [primaryKey] : []), ...uniqueIndexes].map(({ name, fields }) => name ?? fields.join('_')),
    ),
  ]),
);

/** The way back of a relation: the model that it leads to, and the member there that leads to this one. @returns null for a column. */
export function relationBack(
  model: string,
  relation: string,
): { readonly model: string; readonly name: string } | null {
  const member = modelMembers.get(model)?.get(relation);
  if (member?.kind !== 'object') return null;
  const back = [...(modelMembers.get(member.type)?.values() ?? [])].find(
    (one) => one.relationName === member.relationName && (one !== member || member.type !== model),
  );
  return back ? { model: member.type, name: back.name } : null;
}

/** A member of a model. @throws Error for one that the data model does not have. */
export function requireMember(model: string, name: string): ModelMember {
  const member = modelMembers.get(model)?.get(name);
  if (!member) throw new Error(`The data model has no ${model}.${name}.`);
  return member;
}

/** The one column of a relation, beside the organization's, that leads to the other row. @throws Error where there is none, or several. */
export function relationColumn(model: string, relation: string): string {
  const columns = (requireMember(model, relation).relationFromFields ?? []).filter((name) => name !== 'organizationId');
  const [column, ...others] = columns;
  if (column === undefined || others.length > 0)
    throw new Error(`${model}.${relation} is no relation with one column of its own.`);
  return column;
}
