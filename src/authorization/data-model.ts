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
