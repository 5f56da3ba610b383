/**
 * The cost of fields in standard words: `@cost` and `@listSize`, as IBM's specification and Apollo's routers read them.
 * They are put on the schema here, so that the printed schema says what `operation-cost.ts` computes.
 * @see https://ibm.github.io/graphql-specs/cost-spec.html
 */
import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  type GraphQLField,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLString,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import { type TextPrice, weightOf } from './field-weights.ts';

/** The weight of a field other than the default: one point for each object, none for a scalar. */
export const costDirective = new GraphQLDirective({
  name: 'cost',
  description: 'Points that a field costs, where it is not one for each object that could come back.',
  locations: [DirectiveLocation.OBJECT, DirectiveLocation.FIELD_DEFINITION],
  args: { weight: { type: new GraphQLNonNull(GraphQLString), description: 'A decimal number.' } },
});

/** How many objects a list could hold. */
export const listSizeDirective = new GraphQLDirective({
  name: 'listSize',
  description: 'How many objects a list, or the lists inside of a connection, could hold.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    assumedSize: { type: GraphQLInt, description: 'The size where no slicing argument is given.' },
    slicingArguments: {
      type: new GraphQLList(new GraphQLNonNull(GraphQLString)),
      description: 'Arguments that say how many objects are asked for.',
    },
    sizedFields: {
      type: new GraphQLList(new GraphQLNonNull(GraphQLString)),
      description: 'Fields below this one that have the size.',
    },
    requireOneSlicingArgument: { type: GraphQLBoolean, defaultValue: false },
  },
});

/** The size of a page where neither `first` nor `last` is given. */
export const defaultPageSize = 20;
/** The largest page; resolvers refuse more, so that more than this can never come back. */
export const maxPageSize = 100;

const pricedTextExtension = 'pricedText';

/** The text that a field is priced by; undefined for most. */
export function pricedTextOf({ extensions }: Pick<Annotated, 'extensions'>): TextPrice | undefined {
  return extensions[pricedTextExtension] as TextPrice | undefined;
}

const defaultAssumedSize = 10;

interface Annotated {
  extensions: Readonly<Record<string, unknown>>;
}

/** Puts the directives on a schema, in place; once for a schema. */
export function annotateCosts(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!(isObjectType(type) || isInterfaceType(type)) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const { weight, text: priced, assumedSize } = weightOf(coordinate);
      if (weight !== undefined) add(field, 'cost', { weight: String(weight) });
      if (priced) field.extensions = { ...field.extensions, [pricedTextExtension]: priced };
      const size = listSizeOf(coordinate, field, assumedSize);
      if (size) add(field, 'listSize', size);
    }
  }
}

function listSizeOf(
  coordinate: string,
  field: GraphQLField<unknown, unknown>,
  assumedSize = defaultAssumedSize,
): Record<string, unknown> | null {
  const slicing = field.args.filter(({ name }) => name === 'first' || name === 'last').map(({ name }) => name);
  const ids = field.args.filter(({ name, type }) => name === 'ids' && isListType(getNullableType(type)));
  if (slicing.length > 0)
    return {
      assumedSize: defaultPageSize,
      slicingArguments: slicing,
      ...(isList(field.type) ? {} : { sizedFields: ['edges', 'nodes'] }),
      requireOneSlicingArgument: false,
    };
  if (!isList(field.type) || isLeafType(getNamedType(field.type)) || isSizedByConnection(coordinate)) return null;
  if (ids.length > 0) return { assumedSize: maxPageSize, slicingArguments: ['ids'], requireOneSlicingArgument: false };
  return { assumedSize };
}

function isSizedByConnection(coordinate: string): boolean {
  return /Connection\.(edges|nodes)$/.test(coordinate);
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type));
}

function add(element: Annotated, name: string, args: Record<string, unknown>): void {
  const earlier = element.extensions.directives;
  element.extensions = {
    ...element.extensions,
    directives: [...(Array.isArray(earlier) ? earlier : []), { name, args }],
  };
}
