/**
 * Default deny, proven at start: walks the built schema beside the table of policies and refuses to boot on anything that
 * the table does not say, says twice, or says of nothing.
 */
import {
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
} from 'graphql';
import { findColumnFaults } from './column-coverage.ts';
import type { PolicyTable } from './policy-table.ts';
import { describeRule, indispensablePermissions, isRule, type Rule } from './rules.ts';

/** Thrown by {@link assertCoverage}; names every fault. */
export class CoverageError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The schema and the table of policies disagree:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'CoverageError';
    this.faults = faults;
  }
}

/** What coverage reads. */
export interface CoverageInput {
  readonly schema: GraphQLSchema;
  readonly policies: PolicyTable;
  /** Names of the models that have a visibility filter. */
  readonly visibleModels: ReadonlySet<string>;
}

/** Relay's own fields, which carry no rule of their own and so must have their type's. */
interface Attached {
  readonly pothosOptions?: {
    readonly authScopes?: unknown;
    readonly skipTypeScopes?: unknown;
    readonly grantScopes?: unknown;
  };
}

/** Finds every disagreement between schema and table; empty when there is none. */
export function findCoverageFaults({ schema, policies, visibleModels }: CoverageInput): readonly string[] {
  const faults: string[] = [];
  const known = new Set<string>();

  const rowOf = (coordinate: string): Rule | undefined => {
    known.add(coordinate);
    const rule = policies[coordinate];
    if (!rule) {
      faults.push(`${coordinate} has no row in the table.`);
      return undefined;
    }
    if (!isRule(rule)) {
      faults.push(`${coordinate} has an empty rule, or one that no function of rules.ts made.`);
      return undefined;
    }
    return rule;
  };

  const checkAttached = (
    coordinate: string,
    extensions: unknown,
    row: Rule | undefined,
    inheritedFrom: Rule | undefined,
  ): void => {
    const options = (extensions as Attached).pothosOptions;
    if (options?.skipTypeScopes || options?.grantScopes)
      faults.push(`${coordinate} skips or grants scopes: rows narrow, never widen.`);
    const attached = options?.authScopes;
    if (!row) return;
    if (attached === undefined) {
      // Fields that a plugin makes (edges, nodes, cursor) carry nothing: their type's rule runs on each of them.
      if (inheritedFrom === undefined || !isImpliedBy(row, inheritedFrom))
        faults.push(`${coordinate} has a row, but the module attaches no rule.`);
    } else if (attached !== row) faults.push(`${coordinate} has a rule other than the row's.`);
  };

  const checkFields = (type: GraphQLObjectType | GraphQLInterfaceType): void => {
    const typeRow = rowOf(type.name);
    checkAttached(type.name, type.extensions, typeRow, undefined);
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const row = rowOf(coordinate);
      const declaredBy = type.getInterfaces().find((one) => one.getFields()[field.name]);
      const inheritedRow = declaredBy ? policies[`${declaredBy.name}.${field.name}`] : undefined;
      const attached = (field.extensions as Attached).pothosOptions?.authScopes;
      if (inheritedRow === undefined || attached !== inheritedRow)
        checkAttached(coordinate, field.extensions, row, typeRow);
      for (const argument of field.args) rowOf(`${coordinate}(${argument.name}:)`);
      if (!row || !typeRow) continue;
      // A subscription that is denied never starts: there is no parent that its denial could erase.
      if (isNonNullType(field.type) && type !== schema.getSubscriptionType() && !isImpliedBy(row, typeRow))
        faults.push(
          `${coordinate} is non-null, but its rule is narrower than its type's: a denial would erase the parent.`,
        );
      const returned = getNamedType(field.type);
      const returnedRow = isObjectType(returned) ? policies[returned.name] : undefined;
      if (returnedRow && isRule(returnedRow) && !isImpliedBy(returnedRow, row) && !isImpliedBy(returnedRow, typeRow))
        faults.push(`${coordinate} returns ${returned.name}, whose rule is narrower: the field must carry it.`);
    }
  };

  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isScalarType(type)) continue;
    if (isObjectType(type) || isInterfaceType(type)) {
      checkFields(type);
      const model = (type.extensions as { pothosPrismaModel?: string }).pothosPrismaModel;
      if (model && !visibleModels.has(model))
        faults.push(`${type.name} is backed by the model ${model}, which has no visibility filter.`);
    } else if (isUnionType(type)) rowOf(type.name);
    else if (isInputObjectType(type)) {
      rowOf(type.name);
      for (const field of Object.values(type.getFields())) rowOf(`${type.name}.${field.name}`);
    } else if (isEnumType(type) && isOrdering(type)) {
      rowOf(type.name);
      for (const value of type.getValues()) rowOf(`${type.name}.${value.name}`);
    } else if (isEnumType(type)) known.add(type.name);
  }

  for (const coordinate of Object.keys(policies))
    if (!known.has(coordinate)) faults.push(`${coordinate} has a row, but the schema has no such coordinate.`);
  if (Object.values(policies).every(isRule)) faults.push(...findColumnFaults(schema, policies));
  return faults;
}

/** @throws CoverageError unless schema and table agree in everything. */
export function assertCoverage(input: CoverageInput): void {
  const faults = findCoverageFaults(input);
  if (faults.length > 0) throw new CoverageError(faults);
}

/** Enums that name what to sort by; their values are columns, and so have rows. */
export function isOrdering(type: GraphQLNamedType): boolean {
  return type.name.endsWith('OrderField');
}

/** Whether everybody whom `outer` lets in is let in by `inner` as well, so that `inner` narrows nothing. */
function isImpliedBy(inner: Rule, outer: Rule): boolean {
  if (inner === outer) return true;
  const narrow = describeRule(inner);
  const wide = describeRule(outer);
  // What the row may do without is sure of nobody; what it opens, neither.
  const held = indispensablePermissions(outer);
  if (narrow.row !== null || narrow.permissions.some((permission) => !held.includes(permission))) return false;
  if (narrow.person && !wide.person) return false;
  return !narrow.authenticated || wide.authenticated;
}
