/**
 * Decides a field of a concrete type for a viewer: its own row ANDed with its type's and the rows of the interfaces that
 * the type implements. Rows narrow, so the strictest decision counts.
 */
import { type GraphQLNamedType, type GraphQLObjectType, isInterfaceType, isObjectType } from 'graphql';
import type { PolicyTable } from './policy-table.ts';
import { type Decision, decide, describeRule, lackedPermissions, type Rule } from './rules.ts';
import type { Viewer } from './viewer.ts';

/** A decision with the permissions that were lacking for it; empty unless denied for lack of one. */
export interface CoordinateDecision {
  readonly decision: Decision;
  readonly requires: readonly string[];
  /** True when the type itself is denied, so that no row of it ever reaches the viewer. */
  readonly typeDenied: boolean;
}

/** The row of a coordinate. @throws Error when there is none: default deny begins with knowing every coordinate. */
export function ruleOf(policies: PolicyTable, coordinate: string): Rule {
  const rule = policies[coordinate];
  if (!rule) throw new Error(`No row in the table of policies for ${coordinate}.`);
  return rule;
}

/** The rows that guard a type: its own and its interfaces'. */
export function typeRules(policies: PolicyTable, type: GraphQLNamedType): readonly Rule[] {
  const interfaces = isObjectType(type) || isInterfaceType(type) ? type.getInterfaces() : [];
  return [type, ...interfaces].map(({ name }) => ruleOf(policies, name));
}

/** The rows that guard a field: its type's and its own, weakest first as written. */
export function fieldRules(policies: PolicyTable, type: GraphQLNamedType, fieldName: string): readonly Rule[] {
  return [...typeRules(policies, type), ruleOf(policies, `${type.name}.${fieldName}`)];
}

/** Decides several rows that must all hold. */
export function decideAll(rules: readonly Rule[], viewer: Viewer): Decision {
  let result: Decision = 'allowed';
  for (const rule of rules) {
    const decision = decide(rule, viewer);
    if (decision === 'denied') return 'denied';
    if (decision === 'perRow') result = 'perRow';
  }
  return result;
}

/** The permissions of several rows that a viewer lacks; empty when only a credential is lacking. */
export function lackingPermissions(rules: readonly Rule[], viewer: Viewer): readonly string[] {
  const denied = rules.filter((rule) => decide(rule, viewer) === 'denied');
  return [...new Set(denied.flatMap((rule) => lackedPermissions(rule, viewer)))];
}

/** Decides a field of a concrete type. */
export function decideField(
  policies: PolicyTable,
  type: GraphQLObjectType | GraphQLNamedType,
  fieldName: string,
  viewer: Viewer,
): CoordinateDecision {
  const rules = fieldRules(policies, type, fieldName);
  const decision = decideAll(rules, viewer);
  return {
    decision,
    requires: decision === 'denied' ? lackingPermissions(rules, viewer) : [],
    typeDenied: decideAll(typeRules(policies, type), viewer) === 'denied',
  };
}

/** Whether a row says nothing of its own, so that the field which carries the coordinate decides. */
export function isInherited(rule: Rule): boolean {
  return describeRule(rule).inherited;
}
