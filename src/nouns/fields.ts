/**
 * The words in which a noun's fields are declared. Each kind fits columns of one type of the data model; what is declared here is data, and
 * `define-noun.ts` makes types, filters, orders, inputs and rows of policies out of it.
 */
import type { Permission } from '../authorization/permissions.ts';

/** A permission that another noun declares. */
export interface Foreign {
  readonly foreign: Permission;
}

/** Names a permission of another noun. */
export const foreign = (permission: Permission): Foreign => ({ foreign: permission });

/** A permission of the noun's own, or another's. */
export type Held<Own extends string> = Own | Foreign;

/** What every field says. */
interface Common<Own extends string> {
  /** What a person reads about it: one sentence. */
  readonly description: string;
  /** What it takes to read, compare and sort by it, where that is more than reading the noun. */
  readonly read?: Held<Own>;
  /** What it takes to compare and sort by it, where that is more than reading it. */
  readonly compare?: Held<Own>;
  /** How filters and orders call it: "short name" gives "By short name."; the field's name in words when left out. */
  readonly by?: string;
}

/** How a field is written. */
interface Written<Own extends string> {
  /** What it takes to set it, where that is more than writing the noun. */
  readonly write?: Held<Own>;
  /** Whether it is set when a row is made. */
  readonly create?: 'required' | 'optional';
  /** Whether it is changed later; as it is created when left out. */
  readonly update?: boolean;
  /** What becomes of it where it is left out: "TODO" gives "TODO when left out." */
  readonly leftOut?: string;
  /** Whether the value stands in audit events, for whoever reads the noun; else events say that it changed. */
  readonly audited?: boolean;
}

/** How a field is met in lists. */
interface Listed {
  /** Whether rows are filtered by it. */
  readonly filter?: boolean;
  /** Whether rows are sorted by it; `default` for the order when a client names none. */
  readonly order?: boolean | 'default';
}

/** Options of a text. Lengths are in characters, after NFC. */
export interface TextOptions<Own extends string> extends Common<Own>, Written<Own>, Listed {
  /** At least so many characters; 0 when left out. */
  readonly min?: number;
  /** At most so many; needed where the text is written. */
  readonly max?: number;
  /** What else it must look like, and how that is said. */
  readonly form?: { readonly pattern: RegExp; readonly words: string };
}

/** Options of a whole number or a decimal. */
export interface NumberOptions<Own extends string> extends Common<Own>, Written<Own>, Listed {
  readonly min?: number;
  readonly max?: number;
}

/** Options of an instant, a boolean or an enumeration. */
export interface ValueOptions<Own extends string> extends Common<Own>, Written<Own>, Listed {}

/** An enum with its filter, as `defineEnum` makes it. */
export interface EnumType<Value extends string = string> {
  readonly type: unknown;
  readonly filter: unknown;
  /** In the database's order. */
  readonly values: readonly Value[];
}

/** Options of a relation to one row. */
export interface RelationOptions<Own extends string> extends Common<Own>, Written<Own> {
  readonly filter?: boolean;
  /** The gateway sets it to whoever makes the row; null for an API key. */
  readonly set?: 'viewer';
}

/** What the compiler reads off a field: which of the noun's own permissions it names. Never set. */
interface Naming<Own extends string> {
  readonly permissions?: Own;
}

/** The id. */
export interface IdField {
  readonly kind: 'id';
  readonly options: { readonly description: string; readonly filter: boolean };
}
export interface TextField<Own extends string = never> extends Naming<Own> {
  readonly kind: 'text';
  readonly options: TextOptions<string>;
}
export interface IntegerField<Own extends string = never> extends Naming<Own> {
  readonly kind: 'integer';
  readonly options: NumberOptions<string>;
}
export interface DecimalField<Own extends string = never> extends Naming<Own> {
  readonly kind: 'decimal';
  readonly options: NumberOptions<string>;
}
export interface InstantField<Own extends string = never> extends Naming<Own> {
  readonly kind: 'instant';
  readonly options: ValueOptions<string>;
}
export interface BooleanField<Own extends string = never> extends Naming<Own> {
  readonly kind: 'boolean';
  readonly options: ValueOptions<string>;
}
export interface EnumField<Own extends string = never, Value extends string = string> extends Naming<Own> {
  readonly kind: 'enumeration';
  readonly type: EnumType<Value>;
  readonly options: ValueOptions<string>;
}
export interface RelationField<Own extends string = never> extends Naming<Own> {
  readonly kind: 'relation';
  readonly options: RelationOptions<string>;
}

/** Any field, as the engine reads it. */
export type AnyField =
  | IdField
  | TextField<string>
  | IntegerField<string>
  | DecimalField<string>
  | InstantField<string>
  | BooleanField<string>
  | EnumField<string>
  | RelationField<string>;

/** The global id. */
export const identifier = (options: { readonly filter?: boolean } = {}): IdField => ({
  kind: 'id',
  options: { description: 'The global id.', filter: options.filter ?? false },
});

/** The noun's own permissions that options name. */
type NamedIn<Options> =
  | (Options extends { readonly read: infer Named } ? Extract<Named, string> : never)
  | (Options extends { readonly write: infer Named } ? Extract<Named, string> : never)
  | (Options extends { readonly compare: infer Named } ? Extract<Named, string> : never);

/** A column of text. */
export const text = <const Options extends TextOptions<string>>(options: Options): TextField<NamedIn<Options>> => ({
  kind: 'text',
  options,
});

/** A column of whole numbers. */
export const integer = <const Options extends NumberOptions<string>>(
  options: Options,
): IntegerField<NamedIn<Options>> => ({ kind: 'integer', options });

/** A column of exact decimals: 12 digits before the point and 2 after it. */
export const decimal = <const Options extends NumberOptions<string>>(
  options: Options,
): DecimalField<NamedIn<Options>> => ({ kind: 'decimal', options });

/** A column of instants. */
export const instant = <const Options extends ValueOptions<string>>(
  options: Options,
): InstantField<NamedIn<Options>> => ({ kind: 'instant', options });

/** A column of yes and no. */
export const boolean = <const Options extends ValueOptions<string>>(
  options: Options,
): BooleanField<NamedIn<Options>> => ({ kind: 'boolean', options });

/** A column of an enum. */
export const enumeration = <const Value extends string, const Options extends ValueOptions<string>>(
  type: EnumType<Value>,
  options: Options,
): EnumField<NamedIn<Options>, Value> => ({
  kind: 'enumeration',
  type,
  options,
});

/** A relation to one row: a person, or a row of another noun. */
export const relation = <const Options extends RelationOptions<string>>(
  options: Options,
): RelationField<NamedIn<Options>> => ({ kind: 'relation', options });
