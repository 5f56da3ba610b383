/**
 * The schemas that operations execute on. Clients never see them: validation, introspection and printing go by the public
 * one. Both have, on every type, fields that stand in for denied ones and for those that are handed over.
 */
import {
  type GraphQLField,
  type GraphQLFieldResolver,
  GraphQLList,
  GraphQLNonNull,
  GraphQLScalarType,
  type GraphQLSchema,
  GraphQLString,
  isInterfaceType,
  isObjectType,
  responsePathAsArray,
} from 'graphql';
import type { PolicyTable } from './policy-table.ts';
import { describeRule } from './rules.ts';
import type { AuthorizationState } from './state.ts';

/** The name of the field that stands in for a denied one; no client can send it, for validation does not know it. */
export const deniedFieldName = '_denied';
/** The name of the field that stands in for one which is answered by an execution of its own. */
export const handedOverFieldName = '_handedOver';

interface WithAuthorization {
  readonly authorization: AuthorizationState;
}

const denied: GraphQLField<unknown, WithAuthorization, { coordinates: readonly string[] }> = {
  name: deniedFieldName,
  description: undefined,
  type: GraphQLString,
  args: [
    {
      name: 'coordinates',
      description: undefined,
      type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(GraphQLString))),
      defaultValue: undefined,
      deprecationReason: undefined,
      extensions: {},
      astNode: undefined,
    },
  ],
  resolve(_parent, { coordinates }, context, info) {
    const path = responsePathAsArray(info.path);
    for (const coordinate of coordinates) context.authorization.reached(coordinate, path);
    return null;
  },
  deprecationReason: undefined,
  extensions: {},
  astNode: undefined,
};

/** Data that an execution of its own has completed and serialized already. */
const completedData = new GraphQLScalarType({ name: '_CompletedData', serialize: (value) => value });

const handedOver: GraphQLField<unknown, WithAuthorization> = {
  name: handedOverFieldName,
  description: undefined,
  type: completedData,
  args: [],
  resolve: (parent, _args, context, info) => context.authorization.answerHandedOver(parent, info),
  deprecationReason: undefined,
  extensions: {},
  astNode: undefined,
};

function eachField(
  schema: GraphQLSchema,
  work: (coordinate: string, field: GraphQLField<unknown, WithAuthorization>) => void,
): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!(isObjectType(type) || isInterfaceType(type)) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) work(`${type.name}.${field.name}`, field);
    // Found by name and not listed: introspection of a schema that executes must not show them.
    for (const standIn of [denied, handedOver])
      Object.defineProperty(type.getFields(), standIn.name, { value: standIn, enumerable: false });
  }
}

/**
 * The schema of planned execution: no checks, but for coordinates of which the plan says that the row must decide.
 * @param open the schema built without scope-auth; changed in place and so not to be used for anything else.
 * @param scoped the schema with all scopes; only read.
 */
export function makePlannedSchema(open: GraphQLSchema, scoped: GraphQLSchema, policies: PolicyTable): GraphQLSchema {
  eachField(open, (coordinate, field) => {
    const rule = policies[coordinate];
    if (!rule || describeRule(rule).row === null) return;
    const [typeName = '', fieldName = ''] = coordinate.split('.');
    const scopedType = scoped.getType(typeName);
    const checked = isObjectType(scopedType) ? scopedType.getFields()[fieldName]?.resolve : undefined;
    const unchecked = field.resolve;
    if (!checked || !unchecked) return;
    field.resolve = chooseResolver(coordinate, checked, unchecked);
  });
  return open;
}

function chooseResolver(
  coordinate: string,
  checked: GraphQLFieldResolver<unknown, WithAuthorization>,
  unchecked: GraphQLFieldResolver<unknown, WithAuthorization>,
): GraphQLFieldResolver<unknown, WithAuthorization> {
  return (parent, args, context, info) =>
    (context.authorization.isAllowed(coordinate) ? unchecked : checked)(parent, args, context, info);
}

/**
 * The schema of unplanned execution, which tests compare with: every scope runs for every row. Denied columns are
 * still kept out of the selection, since the guard would refuse the whole statement.
 * @param scoped a schema with all scopes; changed in place.
 */
export function makeScopedSchema(scoped: GraphQLSchema): GraphQLSchema {
  eachField(scoped, (coordinate, field) => {
    const select: unknown = field.extensions.pothosPrismaSelect;
    if (!select) return;
    const choose = (args: unknown, context: WithAuthorization, ...rest: readonly unknown[]): unknown => {
      if (context.authorization.isDenied(coordinate)) return null;
      return typeof select === 'function' ? select(args, context, ...rest) : { select };
    };
    field.extensions = { ...field.extensions, pothosPrismaSelect: choose };
  });
  return scoped;
}
