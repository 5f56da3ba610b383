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
import { describeRule, indispensablePermissions, type Rule, type RuleDescription } from './rules.ts';

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

/** What the row adds, after the permissions. */
const rowSentences: Readonly<Record<NonNullable<RuleDescription['row']>, string>> = {
  self: ', unless the row is about oneself',
  author: ', unless one is its author',
  authorOnly: ', and to be its author',
};

function annotate(element: Annotated, rule: Rule | undefined, typeRule: Rule | undefined): void {
  if (!rule || rule === typeRule) return;
  const { authenticated, person, permissions, row, inherited } = describeRule(rule);
  if (inherited || !authenticated) return;
  // What no row is open without; where the row may do without, the standard words know only that somebody must be signed in.
  const scopes = indispensablePermissions(rule);
  const directive =
    scopes.length > 0
      ? { name: 'requiresScopes', args: { scopes: [[...scopes]] } }
      : { name: 'authenticated', args: {} };
  const sentence =
    permissions.length === 0
      ? person
        ? 'Only for people who are signed in; API keys have no account.'
        : 'Only when signed in.'
      : `Requires ${permissions.map((permission) => `\`${permission}\``).join(' and ')}${row === null ? '' : rowSentences[row]}.`;
  const earlier = element.extensions.directives;
  element.extensions = {
    ...element.extensions,
    directives: [...(Array.isArray(earlier) ? earlier : []), directive],
  };
  element.description = element.description ? `${element.description}\n\n${sentence}` : sentence;
}
