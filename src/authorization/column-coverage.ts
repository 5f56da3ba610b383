/**
 * Proves at start that the column guard stands behind every rule: a coordinate that narrows names a column (or a model) that nothing
 * wider opens, or says in words why there is none.
 */
import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { type Access, columnRulesOf, isGuardedBy, stepsOf } from './column-rules.ts';
import { type ColumnUse, columnUsesOf } from './column-uses.ts';
import { modelMembers } from './data-model.ts';
import type { PolicyTable } from './policy-table.ts';
import { describeRule, isRule, type Rule, requiredPermissions } from './rules.ts';

/** Finds every coordinate that narrows what the guard does not; empty when there is none. */
export function findColumnFaults(schema: GraphQLSchema, policies: PolicyTable): readonly string[] {
  const faults: string[] = [];
  const found = columnUsesOf(schema);
  const { models, ways } = columnRulesOf(policies, found);

  for (const { coordinate, path } of found.uses)
    if (!modelMembers.has(path) && stepsOf({ path }).length === 0)
      faults.push(`${coordinate} names ${path}, which the data model does not have.`);

  const usesOf = new Map<string, ColumnUse[]>();
  for (const use of found.uses) usesOf.set(use.coordinate, [...(usesOf.get(use.coordinate) ?? []), use]);

  const waysTo = ({ path, purpose }: ColumnUse): readonly Access[] => {
    const last = stepsOf({ path }).at(-1)?.[0];
    if (last === undefined) return models.get(path) ?? [];
    // A way to a part of a relation opens no more than the columns that it names, which have rules of their own.
    return ways[purpose].get(last)?.filter(({ within }) => within === null) ?? [];
  };

  const narrowed = new Set<string>();
  for (const [coordinate, owner] of narrowable(schema)) {
    const rule = policies[coordinate];
    const ofOwner = policies[owner];
    if (!rule || !ofOwner || !isRule(rule) || !isRule(ofOwner) || !isNarrower(rule, ofOwner)) continue;
    narrowed.add(coordinate);
    if (found.without.has(coordinate)) continue;
    const uses = usesOf.get(coordinate) ?? [];
    const guarded = uses.some((use) => {
      const access = waysTo(use);
      return access.length > 0 && access.every((one) => isGuardedBy(one, rule));
    });
    if (guarded) continue;
    const paths = uses.map(({ path }) => path).join(', ');
    faults.push(
      uses.length === 0
        ? `${coordinate} narrows, but names no column that the guard could refuse.`
        : `${coordinate} narrows, but what it names (${paths}) is open to others.`,
    );
  }

  // What may not be read must not be found out by comparing it.
  for (const use of found.uses) {
    const last = use.purpose === 'compare' ? stepsOf(use).at(-1)?.[0] : undefined;
    const [model = '', name = ''] = last?.split('.') ?? [];
    const reading = last && modelMembers.get(model)?.get(name)?.kind !== 'object' ? ways.read.get(last) : undefined;
    const rules = [use.coordinate, use.owner].flatMap((coordinate) => {
      const rule = policies[coordinate];
      return rule && isRule(rule) ? [rule] : [];
    });
    const ofModel = models.get(model) ?? [];
    const isHeld = (rule: Rule) =>
      ofModel.some((access) => isGuardedBy(access, rule)) || rules.some((one) => holds(one, rule));
    if (reading && !reading.some((access) => access.rules.every(isHeld)))
      faults.push(`${use.coordinate} compares ${last}, but takes less than reading it does.`);
  }

  for (const coordinate of found.without.keys())
    if (!narrowed.has(coordinate)) faults.push(`${coordinate} explains why it names no column, but narrows nothing.`);
  return faults;
}

/** Whether the rule asks for what the other asks for; the row does not count, since comparing is for all rows. */
function holds(rule: Rule, other: Rule): boolean {
  const held = requiredPermissions(rule);
  return (
    (!describeRule(other).authenticated || describeRule(rule).authenticated) &&
    requiredPermissions(other).every((permission) => held.includes(permission))
  );
}

function isNarrower(rule: Rule, than: Rule): boolean {
  return rule !== than && !holds(than, rule);
}

/** Every coordinate whose rule a column could stand behind, with the one that it may narrow. */
function* narrowable(schema: GraphQLSchema): Generator<readonly [coordinate: string, owner: string]> {
  // A mutation or a subscription is a deed: what it writes and answers is named by its input and its payload.
  const deeds = [schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    const members =
      isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
        ? Object.values(type.getFields())
        : isEnumType(type)
          ? type.getValues()
          : [];
    for (const member of members) {
      const coordinate = `${type.name}.${member.name}`;
      if (!deeds.some((deed) => deed === type)) yield [coordinate, type.name];
      if ('args' in member) for (const { name } of member.args) yield [`${coordinate}(${name}:)`, coordinate];
    }
  }
}
