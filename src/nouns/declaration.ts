/**
 * A noun in one declaration. Its names are checked by the compiler: columns and kinds against the data model, permissions against those that
 * the noun itself declares (`foreign` names another's). What follows from it, `define-noun.ts` makes.
 */
import type { PermissionDeclaration } from '../authorization/permissions.ts';
import type { ModelName } from '../authorization/visibility.ts';
import type PrismaTypes from '../generated/pothos.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { DatabaseTransaction } from '../stores/database.ts';
import type { Actor } from './actor.ts';
import type {
  AnyField,
  BooleanField,
  DecimalField,
  EnumField,
  Held,
  IdField,
  InstantField,
  IntegerField,
  RelationField,
  TextField,
} from './fields.ts';
import type { RowRule } from './row-rules.ts';

/** Columns that the gateway itself gives to a new row. @param parentId the row that it is made below; null for a noun without a parent. */
export type BeforeWrite = (
  tx: DatabaseTransaction,
  row: { readonly parentId: string | null; readonly actor: Actor },
) => Promise<Readonly<Record<string, unknown>>>;

type Shape<Model extends ModelName> = PrismaTypes[Model]['Shape'];
type Columns<Model extends ModelName> = keyof Shape<Model> & string;
type Relations<Model extends ModelName> = keyof PrismaTypes[Model]['Relations'] & string;
/** Relations to one row. */
type ToOne<Model extends ModelName> = Exclude<Relations<Model>, PrismaTypes[Model]['ListRelations']>;

/** The kind of field that fits a column. */
type FieldOf<Value, Own extends string> = [Value] extends [string]
  ? string extends Value
    ? TextField<Own>
    : EnumField<Own, Value>
  : [Value] extends [number]
    ? IntegerField<Own>
    : [Value] extends [boolean]
      ? BooleanField<Own>
      : [Value] extends [Date]
        ? InstantField<Own>
        : [Value] extends [Prisma.Decimal]
          ? DecimalField<Own>
          : never;

/** Fields by the names of columns and of relations to one row. */
export type Fields<Model extends ModelName, Own extends string> = {
  readonly [Name in Columns<Model>]?: Name extends 'id' ? IdField : FieldOf<NonNullable<Shape<Model>[Name]>, Own>;
} & { readonly [Name in ToOne<Model>]?: RelationField<Own> };

/** What a list below the parent, or a query, says. */
interface ListWords {
  readonly description?: string;
}

/** A noun. */
export interface NounDeclaration<Model extends ModelName, Own extends string> {
  /** What a person reads about the type: one sentence. */
  readonly description: string;
  /** How several are called: the name of the list. */
  readonly plural: string;
  /** What it is called in sentences; the name in lower case when left out. */
  readonly word?: string;
  /** The permissions that it brings, as `definePermissions` gave them back. */
  readonly permissions: Readonly<Record<Own, PermissionDeclaration>>;
  /** What it takes to read it at all. */
  readonly read: NoInfer<Own>;
  /** Which rows of it a viewer sees; all for whoever reads it when left out. */
  readonly rows?: RowRule<NoInfer<Own>, Columns<Model> | ToOne<Model>>;
  /** The row that it belongs to: it is made below it, and listed there. */
  readonly parent?: {
    readonly relation: ToOne<Model>;
    /** What it takes to read the parent. */
    readonly read: Held<NoInfer<Own>>;
    /** The list below the parent. */
    readonly list: ListWords & { readonly name: string; readonly filter?: boolean };
  };
  readonly fields: Fields<Model, NoInfer<Own>>;
  /** The queries of one and of all; none where it is read below its parent alone. */
  readonly queries?: { readonly one: string; readonly all: string } | false;
  /** What it takes to make, change and delete a row; what is left out is not made. */
  readonly writes?: {
    readonly create?: Held<NoInfer<Own>>;
    readonly update?: Held<NoInfer<Own>>;
    readonly delete?: Held<NoInfer<Own>>;
    /** What people read about each. */
    readonly words?: { readonly create?: string; readonly update?: string; readonly delete?: string };
    /** A value of it that is taken already, in words: "A project with this key exists." */
    readonly taken?: string;
    /** What the gateway itself adds to a new row. */
    readonly beforeCreate?: BeforeWrite;
  };
  /** Whether its changes can be listened to, below its parent. */
  readonly events?: boolean;
  /** The column of the name of a stored file, which goes when its row goes. */
  readonly storedFile?: Columns<Model>;
  /** What a person's own export holds of it: rows whose relation leads to them. */
  readonly exported?: { readonly by: ToOne<Model>; readonly columns: readonly Columns<Model>[] };
}

/** A declaration, as the engine reads it. The compiler has checked its names; here they are strings. */
export interface AnyNoun extends Omit<NounDeclaration<ModelName, string>, 'fields' | 'rows' | 'parent' | 'exported'> {
  readonly name: ModelName;
  readonly fields: Readonly<Record<string, AnyField>>;
  readonly rows?: RowRule;
  readonly parent?: {
    readonly relation: string;
    readonly read: Held<string>;
    readonly list: ListWords & { readonly name: string; readonly filter?: boolean };
  };
  readonly exported?: { readonly by: string; readonly columns: readonly string[] };
}
