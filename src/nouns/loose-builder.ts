/**
 * The Pothos builder for names that are values. Pothos types every field by its model, which it must know while compiling; a declaration
 * has been checked by then, against the same model. This is the one seam between the two: declarations above it are typed, and so are
 * extensions, which use the builder itself.
 */
import type { GraphQLResolveInfo } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { builder } from './builder.ts';

type Options = Readonly<Record<string, unknown>>;
type Ref = object;

/** Makes arguments. */
export interface LooseArguments {
  (options: Options): Ref;
  id(options: Options): Ref;
}

/** Makes fields of objects, inputs and roots. */
export interface LooseFields {
  arg: LooseArguments;
  field(options: Options): Ref;
  expose(column: string, options: Options): Ref;
  relation(name: string, options: Options): Ref;
  connection(options: Options, connection: Ref, edge: Ref): Ref;
  id(options: Options): Ref;
}

type MakeFields = (t: LooseFields) => Readonly<Record<string, Ref>>;

/** A resolver whose parent and arguments the declaration has checked. */
export type LooseResolver = (
  parent: Options,
  args: Options,
  context: GatewayContext,
  info: GraphQLResolveInfo,
) => unknown;

/** What is asked of the builder. */
export interface LooseBuilder {
  prismaNode(model: string, options: Options & { readonly fields: MakeFields }): Ref;
  prismaObjectField(model: string, name: string, make: (t: LooseFields) => Ref): void;
  inputType(name: string, options: Options & { readonly fields: MakeFields }): Ref;
  enumType(name: string, options: Options): Ref;
  objectType(name: string, options: Options & { readonly fields: MakeFields }): Ref;
  queryField(name: string, make: (t: LooseFields) => Ref): void;
  mutationField(name: string, make: (t: LooseFields) => Ref): void;
  subscriptionType(options: Options): void;
  subscriptionField(name: string, make: (t: LooseFields) => Ref): void;
}

export const looseBuilder = builder as unknown as LooseBuilder;
