/**
 * Conditions that an operation writes with variables alone: without any of these variables nothing is left of them, and where `{}` means
 * "whatever it is" every row would match. Found once for a text; which of them are empty is asked with the variables of each request.
 */
import {
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { InputIssue } from '../errors.ts';

/** A literal of conditions, and the variables that make up all of it. */
export interface VariableConditions {
  /** Begins with the argument's name. */
  readonly path: readonly (string | number)[];
  readonly variables: readonly string[];
}

/** Extensions of an input type whose members are conditions. */
export const holdsConditions = { conditions: true } as const;

/** Finds them. The value of an argument itself is none: a filter may be left empty, and then lets every row pass. */
export function variableConditionsOf(schema: GraphQLSchema, document: DocumentNode): readonly VariableConditions[] {
  const found: VariableConditions[] = [];
  const types = new TypeInfo(schema);
  const visitor = visitWithTypeInfo(types, {
    VariableDefinition: () => false,
    ObjectValue({ fields }, _key, parent, path, ancestors) {
      const type = getNamedType(types.getInputType());
      if (!isInputObjectType(type) || type.extensions.conditions !== true || !types.getParentInputType()) return;
      const variables = fields.flatMap(({ value }) => (value.kind === Kind.VARIABLE ? [value.name.value] : []));
      if (fields.length > 0 && variables.length === fields.length)
        found.push({ path: inputPath(path, [...ancestors, parent]), variables });
    },
  });
  visit(document, visitor);
  return found;
}

/** Tells those of which nothing is left. @param values with the operation's defaults. */
export function collectEmptied(
  conditions: readonly VariableConditions[],
  values: Readonly<Record<string, unknown>>,
  into: InputIssue[],
): void {
  for (const { path, variables } of conditions)
    if (variables.every((name) => values[name] === undefined))
      into.push({ path, message: 'No condition has a value: was a variable left out?' });
}

/** Names of argument and members and places in lists. @param containers what each key of the path is looked up in. */
function inputPath(
  path: readonly (string | number)[],
  containers: readonly (ASTNode | readonly ASTNode[] | undefined)[],
): (string | number)[] {
  const told: (string | number)[] = [];
  for (const [index, key] of path.entries()) {
    const child = (containers[index] as Readonly<Record<string, ASTNode>> | undefined)?.[key];
    if (path[index - 1] === 'values') told.push(key);
    else if (child?.kind === Kind.ARGUMENT || child?.kind === Kind.OBJECT_FIELD) told.push(child.name.value);
  }
  return told;
}
