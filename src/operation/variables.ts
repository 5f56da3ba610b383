/**
 * The variables of an operation, read once: what was sent, what holds with the defaults, and what the arguments get. All three are objects
 * without a prototype and hold declared variables alone: a variable named like a member of `Object.prototype` is one like any other.
 */
import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import { badUserInput, createError, shorten, withoutSuggestions } from '../errors.ts';

/** Values by the variable's name, without a prototype. */
export type Variables = Readonly<Record<string, unknown>>;

/** Upper bounds of variables. */
export interface VariableLimits {
  /** Levels of lists and objects. */
  readonly maxDepth: number;
  /** Values in all, those inside of lists and objects included. */
  readonly maxValues: number;
}

/** Variables that do not fit are reported up to this number. */
const maxErrors = 10;

/**
 * Measures variables level by level, without recursion, and stops at the first breach.
 * @returns OPERATION_TOO_DEEP or OPERATION_TOO_LARGE, or null.
 */
export function variablesBreach(variables: unknown, limits: VariableLimits): GraphQLError | null {
  let level: unknown[] = [variables];
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.maxDepth)
      return createError('OPERATION_TOO_DEEP', `The variables nest deeper than ${limits.maxDepth} levels.`);
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
      values += members.length;
      if (values > limits.maxValues)
        return createError('OPERATION_TOO_LARGE', `The variables hold more than ${limits.maxValues} values.`);
      for (const member of members) if (typeof member === 'object' && member !== null) next.push(member);
    }
    level = next;
  }
  return null;
}

/**
 * Finds a variable that is named like the specification's own names.
 * @returns GRAPHQL_VALIDATION_FAILED, or null. GraphQL reserves names that begin with two underscores, and `$__proto__` would
 * become the prototype of the object in which graphql-js keeps coerced variables: its members would pass for other variables.
 */
export function reservedVariable(document: DocumentNode): GraphQLError | null {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const { variable } of definition.variableDefinitions ?? [])
      if (variable.name.value.startsWith('__'))
        return createError(
          'GRAPHQL_VALIDATION_FAILED',
          `Variable "$${shorten(variable.name.value)}" is named with two underscores, which GraphQL reserves.`,
        );
  }
  return null;
}

/** The declared variables that were sent, as they were sent. */
export function sentVariables(definition: OperationDefinitionNode, raw: unknown): Variables {
  const sent: Record<string, unknown> = Object.create(null);
  if (typeof raw !== 'object' || raw === null) return sent;
  for (const { variable } of definition.variableDefinitions ?? []) {
    const name = variable.name.value;
    if (!Object.hasOwn(raw, name)) continue;
    const value = (raw as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) sent[name] = value;
  }
  return sent;
}

/** Variables with the operation's defaults; the names of enum values and input fields in them are still the client's. */
export function withDefaults(definition: OperationDefinitionNode, sent: Variables): Variables {
  const values: Record<string, unknown> = Object.assign(Object.create(null), sent);
  for (const { variable, defaultValue } of definition.variableDefinitions ?? []) {
    const name = variable.name.value;
    if (defaultValue && values[name] === undefined) values[name] = valueFromASTUntyped(defaultValue);
  }
  return values;
}

/**
 * Values that stand for "will be sent": an argument that takes a variable is used, and what `@include` or `@skip` leave to the call is
 * counted in. A default of an input type stays, since its members are known.
 */
export function everyVariable(definition: OperationDefinitionNode): Variables {
  const values: Record<string, unknown> = Object.create(null);
  for (const { variable, defaultValue } of definition.variableDefinitions ?? [])
    values[variable.name.value] =
      !defaultValue || defaultValue.kind === Kind.BOOLEAN ? 0 : valueFromASTUntyped(defaultValue);
  return values;
}

/** Variables after coercion, or why they do not fit. */
export type CoercedVariables =
  | { readonly values: Variables; readonly errors: readonly [] }
  | { readonly values: null; readonly errors: readonly GraphQLError[] };

/**
 * Coerces variables as the executor will.
 * @returns BAD_USER_INPUT, with the path of each value that does not fit.
 */
export function coerceVariables(
  schema: GraphQLSchema,
  definition: OperationDefinitionNode,
  sent: Variables,
): CoercedVariables {
  const definitions = definition.variableDefinitions ?? [];
  if (definitions.length === 0) return { values: Object.create(null) as Variables, errors: [] };
  const inherited = definitions.find(({ variable: { name }, defaultValue }) => {
    // graphql-js looks variables inside of lists and objects up by `in`: one that was left out would be Object's own member.
    return !defaultValue && sent[name.value] === undefined && name.value in Object.prototype;
  });
  if (inherited) {
    const name = inherited.variable.name.value;
    const message = `Variable "$${name}" needs a value: of this name, it cannot be left out.`;
    return { values: null, errors: [badUserInput([{ path: [name], message }], message)] };
  }
  const coerced = getVariableValues(schema, definitions, sent, { maxErrors });
  if (coerced.errors) return { values: null, errors: coerced.errors.map(coercionError) };
  return { values: Object.assign(Object.create(null) as Variables, coerced.coerced), errors: [] };
}

/** A variable that graphql-js refused, as faulty input: the path starts with the variable's name. */
function coercionError(error: GraphQLError): GraphQLError {
  const message = shorten(withoutSuggestions(error.message));
  const [, name = '', inner = ''] =
    /^Variable "\$([^"]+)"(?: got invalid value .*? at "([^"]+)")?/s.exec(error.message) ?? [];
  const path = inner === '' ? [name] : inner.split(/[.[\]]+/).filter((part) => part !== '');
  return badUserInput([{ path, message }], message);
}

/**
 * What a plan depends on of the variables: the values of conditions, and which input fields and enum values arguments get.
 * @returns null for variables of so many shapes that nothing should be kept by them.
 */
export function variablesKey(
  uses: { readonly conditions: readonly string[]; readonly inputs: readonly string[] },
  values: Variables,
): string | null {
  const conditions = uses.conditions.map((name) => {
    const value = values[name];
    return typeof value === 'boolean' ? (value ? '1' : '0') : value === undefined ? '-' : 'n';
  });
  const shape = uses.inputs.map((name) => shapeOf(values[name], 0)).join(',');
  return shape.length > maxKeyLength ? null : `${conditions.join('')}|${shape}`;
}

const maxKeyLength = 512;
const maxShapeDepth = 20;

/** Names of members and short upper-case words (enum values); other values are one sign. */
function shapeOf(value: unknown, depth: number): string {
  if (value === undefined) return '-';
  if (value === null) return 'n';
  if (typeof value === 'string') return /^[A-Z][A-Z0-9_]{0,40}$/.test(value) ? value : 's';
  if (typeof value !== 'object') return 'v';
  if (depth > maxShapeDepth) return '?'.repeat(maxKeyLength + 1);
  if (Array.isArray(value)) return `[${[...new Set(value.map((item) => shapeOf(item, depth + 1)))].join(',')}]`;
  return `{${Object.entries(value)
    // Quoted: a name made of separators must not pass for another shape.
    .map(([name, item]) => `${JSON.stringify(name)}:${shapeOf(item, depth + 1)}`)
    .join(',')}}`;
}
