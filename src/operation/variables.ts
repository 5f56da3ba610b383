/**
 * The variables of an operation, read once: what was sent, what holds with the defaults, and what the arguments get. All three are objects
 * without a prototype and hold declared variables alone: a variable named like a member of `Object.prototype` is one like any other.
 */
import {
  coerceInputValue,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
  valueFromASTUntyped,
} from 'graphql';
import { badUserInput, createError, type InputIssue, shorten, withoutSuggestions } from '../errors.ts';
import { collectEmptied, type VariableConditions } from './emptied-conditions.ts';
import { collectUnstorable } from './storable-text.ts';

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

/** What variables are coerced for. */
export interface CoercedText {
  readonly schema: GraphQLSchema;
  readonly definition: OperationDefinitionNode;
  readonly issues: readonly InputIssue[];
  readonly neverNull: ReadonlySet<string>;
  readonly variableConditions: readonly VariableConditions[];
}

/**
 * Coerces variables as the executor will; what would fail there because of them fails here.
 * @returns BAD_USER_INPUT, with the path of each value that does not fit.
 */
export function coerceVariables(text: CoercedText, sent: Variables): CoercedVariables {
  const issues = [...text.issues];
  collectUnstorable(sent, [], issues);
  const definitions = text.definition.variableDefinitions ?? [];
  if (definitions.length > 0) collectEmptied(text.variableConditions, withDefaults(text.definition, sent), issues);
  if (issues.length > 0) return { values: null, errors: [badUserInput(issues)] };
  if (definitions.length === 0) return { values: Object.create(null) as Variables, errors: [] };
  const inherited = definitions.find(({ variable: { name }, defaultValue }) => {
    // graphql-js looks variables inside of lists and objects up by `in`: one that was left out would be Object's own member.
    return !defaultValue && sent[name.value] === undefined && name.value in Object.prototype;
  });
  if (inherited) {
    const name = inherited.variable.name.value;
    return refused(name, `Variable "$${name}" needs a value: of this name, it cannot be left out.`);
  }
  const values: Record<string, unknown> = Object.create(null);
  const errors: GraphQLError[] = [];
  for (const definition of definitions) {
    if (errors.length < maxErrors) coerceVariable(text.schema, definition, sent, values, errors);
    const name = definition.variable.name.value;
    if (values[name] === null && text.neverNull.has(name))
      errors.push(unfit([name], `Variable "$${name}" must not be null: it stands where null may not be.`));
  }
  return errors.length > 0 ? { values: null, errors } : { values, errors: [] };
}

function refused(name: string, message: string): CoercedVariables {
  return { values: null, errors: [unfit([name], message)] };
}

/** Faulty input at a path that begins with the variable's name. */
function unfit(path: readonly (string | number)[], message: string): GraphQLError {
  return badUserInput([{ path, message }], message);
}

/**
 * Coerces one variable as graphql-js does, value by value. Its own wording of faults prints the whole variable once for each of them: ten
 * unknown members of an object of 100 kB would be a megabyte of text.
 */
function coerceVariable(
  schema: GraphQLSchema,
  { variable, type: typeNode, defaultValue }: VariableDefinitionNode,
  sent: Variables,
  values: Record<string, unknown>,
  errors: GraphQLError[],
): void {
  const name = variable.name.value;
  const type = typeFromAST(schema, typeNode as NamedTypeNode);
  // Validation refuses other types.
  if (!isInputType(type)) {
    errors.push(unfit([name], `Variable "$${name}" is of no input type.`));
    return;
  }
  const value = sent[name];
  if (value === undefined && defaultValue) values[name] = valueFromAST(defaultValue, type);
  else if ((value === undefined || value === null) && isNonNullType(type))
    errors.push(
      unfit(
        [name],
        `Variable "$${name}" of ${value === null ? 'non-null' : 'required'} type "${type}" ${
          value === null ? 'must not be null' : 'was not provided'
        }.`,
      ),
    );
  else if (value !== undefined) {
    const isEnough = Symbol('enough');
    try {
      values[name] = coerceInputValue(
        value,
        type,
        (path, _value, error) => {
          const at = path.length > 0 ? ` at "${[name, ...path].join('.')}"` : '';
          const message = shorten(
            `Variable "$${name}" got an invalid value${at}: ${withoutSuggestions(error.message)}`,
          );
          errors.push(unfit([name, ...path], message));
          if (errors.length >= maxErrors) throw isEnough;
        },
        true,
      );
    } catch (error) {
      if (error !== isEnough) throw error;
    }
  }
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
