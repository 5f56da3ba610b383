/**
 * The rules of columns: who may read, compare or write which, derived from the table of policies and from what each coordinate
 * does with the data model. Whoever may use one of the coordinates that need a column may use the column, and nobody else.
 */

import type { ColumnUse, ColumnUses, Purpose } from './column-uses.ts';
import { modelMembers } from './data-model.ts';
import type { PolicyTable } from './policy-table.ts';
import { type Decision, decide, describeRule, type Rule, requiredPermissions } from './rules.ts';
import type { Viewer } from './viewer.ts';
import { joinModels, namedWithoutCoordinate } from './visibility.ts';

/** One way to a column, a relation or a model: a coordinate with its rules, which all must hold. */
export interface Access {
  readonly coordinate: string;
  readonly rules: readonly Rule[];
  /** For a relation: the members of the related model that this way needs; null for all. */
  readonly within: ReadonlySet<string> | null;
}

/** What the guard knows; made once for a process. */
export interface ColumnRules {
  /** `Model.member` of what may be read or compared at all; the rest is closed to whoever may see the model. */
  readonly named: ReadonlySet<string>;
  /** The models that a viewer may meet at all; others are closed. */
  readonly models: ReadonlyMap<string, readonly Access[]>;
  /** `Model.member` to the ways to it. */
  readonly ways: Readonly<Record<Purpose, ReadonlyMap<string, readonly Access[]>>>;
}

/** Whether a column is what rows are known by: its own id, and the viewer's organization. */
const isIdentity = (name: string): boolean => name === 'id' || name === 'organizationId';

/** Derives the rules. */
export function columnRulesOf(policies: PolicyTable, { uses, types }: ColumnUses): ColumnRules {
  // Models that have no type of their own, but stand between two that have.
  const models = new Map<string, readonly Access[]>(joinModels().map((model) => [model, []]));
  for (const [model, names] of types)
    models.set(
      model,
      names.map((coordinate) => ({ coordinate, rules: rulesOf(policies, coordinate), within: null })),
    );
  const named = new Set(namedWithoutCoordinate().keys());
  for (const model of models.keys())
    for (const { name, kind } of modelMembers.get(model)?.values() ?? [])
      if (kind !== 'object' && isIdentity(name)) named.add(`${model}.${name}`);
  const ways: Record<Purpose, Map<string, Access[]>> = { read: new Map(), compare: new Map(), write: new Map() };
  for (const use of uses) {
    const rules = [...new Set([...rulesOf(policies, use.coordinate), ...rulesOf(policies, use.owner)])];
    for (const [member, next] of stepsOf(use)) {
      if (use.purpose !== 'write') named.add(member);
      const access = { coordinate: use.coordinate, rules, within: next === null ? null : new Set([next]) };
      const known = ways[use.purpose].get(member);
      if (known) known.push(access);
      else ways[use.purpose].set(member, [access]);
    }
  }
  for (const map of Object.values(ways))
    for (const [member, accesses] of map) {
      const ofModel = models.get(member.split('.')[0] ?? '') ?? [];
      if (accesses.some((access) => access.within === null && isOpen(access, ofModel))) map.delete(member);
    }
  return { named, models, ways };
}

/**
 * The members that a path goes through, each with the one that follows; null after the last.
 * @returns nothing for a path that is a model alone, or that the data model does not have.
 */
export function stepsOf({ path }: Pick<ColumnUse, 'path'>): readonly (readonly [string, string | null])[] {
  const [first = '', ...names] = path.split('.');
  const steps: (readonly [string, string | null])[] = [];
  let model = first;
  for (const [index, name] of names.entries()) {
    const member = modelMembers.get(model)?.get(name);
    const next = names[index + 1] ?? null;
    if (!member || (next !== null && member.kind !== 'object')) return [];
    steps.push([`${model}.${name}`, next]);
    model = member.type;
  }
  return steps;
}

function rulesOf(policies: PolicyTable, coordinate: string): readonly Rule[] {
  const rule = policies[coordinate];
  return rule && describeRule(rule).authenticated ? [rule] : [];
}

/** Whether everybody who may see the model may go this way. */
function isOpen({ rules }: Access, ofModel: readonly Access[]): boolean {
  return rules.every((rule) => ofModel.length > 0 && ofModel.every((access) => isGuardedBy(access, rule)));
}

/** Whether nobody goes this way whom the rule does not let in. */
export function isGuardedBy({ rules }: Access, rule: Rule): boolean {
  const { authenticated, row } = describeRule(rule);
  // Whom the row lets in without a permission is let in by the same row alone.
  const sure = rules.filter((one) => describeRule(one).row === null || describeRule(one).row === row);
  const held = sure.flatMap((one) => requiredPermissions(one));
  return (
    (!authenticated || rules.some((one) => describeRule(one).authenticated)) &&
    requiredPermissions(rule).every((permission) => held.includes(permission))
  );
}

/** What a viewer's permissions say about one way. */
export function decideAccess({ rules }: Access, viewer: Viewer): Decision {
  const decisions = rules.map((rule) => decide(rule, viewer));
  if (decisions.includes('denied')) return 'denied';
  return decisions.includes('perRow') ? 'perRow' : 'allowed';
}
