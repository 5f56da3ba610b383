/**
 * The rules in standard words: `@authenticated` and `@requiresScopes`, as federation routers read them, put on the schema
 * from the policies, and a sentence in each description, so that introspection and GraphiQL show them.
 */
import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLSchema,
  GraphQLString,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import type { PolicyTable } from './policy-table.ts';
import { describeRule, type Rule } from './rules.ts';

/** Only with a valid credential. */
export const authenticatedDirective = new GraphQLDirective({
  name: 'authenticated',
  description: 'Only callers with a valid credential may use this.',
  locations: [DirectiveLocation.OBJECT, DirectiveLocation.INTERFACE, DirectiveLocation.FIELD_DEFINITION],
});

/** Only with the permissions of one of the inner lists. */
export const requiresScopesDirective = new GraphQLDirective({
  name: 'requiresScopes',
  description: 'Only callers who hold every permission of at least one of the lists may use this.',
  locations: [
    DirectiveLocation.OBJECT,
    DirectiveLocation.INTERFACE,
    DirectiveLocation.FIELD_DEFINITION,
    DirectiveLocation.ARGUMENT_DEFINITION,
    DirectiveLocation.INPUT_FIELD_DEFINITION,
    DirectiveLocation.ENUM_VALUE,
  ],
  args: {
    scopes: {
      type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(GraphQLString))))),
    },
  },
});

interface Annotated {
  description?: string | null;
  extensions: Readonly<Record<string, unknown>>;
}

/**
 * Puts the rules on a schema, in place.
 * @param schema the public schema; annotated once.
 */
export function annotateSchema(schema: GraphQLSchema, policies: PolicyTable): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    const members =
      isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
        ? Object.values(type.getFields())
        : isEnumType(type)
          ? type.getValues()
          : [];
    if (isObjectType(type) || isInterfaceType(type)) annotate(type, policies[type.name], undefined);
    for (const member of members) {
      annotate(member, policies[`${type.name}.${member.name}`], policies[type.name]);
      if ('args' in member)
        for (const argument of member.args)
          annotate(argument, policies[`${type.name}.${member.name}(${argument.name}:)`], undefined);
    }
  }
}

function annotate(element: Annotated, rule: Rule | undefined, typeRule: Rule | undefined): void {
  if (!rule || rule === typeRule) return;
  const { authenticated, permission, row, inherited } = describeRule(rule);
  if (inherited || !authenticated) return;
  const directive =
    permission !== null && row === null
      ? { name: 'requiresScopes', args: { scopes: [[permission]] } }
      : { name: 'authenticated', args: {} };
  const sentence =
    permission === null
      ? 'Only when signed in.'
      : row === null
        ? `Requires \`${permission}\`.`
        : `Requires \`${permission}\`, unless the row is about oneself.`;
  const earlier = element.extensions.directives;
  element.extensions = {
    ...element.extensions,
    directives: [...(Array.isArray(earlier) ? earlier : []), directive],
  };
  element.description = element.description ? `${element.description}\n\n${sentence}` : sentence;
}
