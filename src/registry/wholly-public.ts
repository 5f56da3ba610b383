/**
 * Whether an operation's answer is the same for everybody, so that anybody may keep it. That everybody may ask is not
 * enough: `viewer` may be asked by anyone and answers each differently.
 */
import type { PolicyTable } from '../authorization/policy-table.ts';
import { anyone, describeRule } from '../authorization/rules.ts';
import type { OperationText } from '../operation/operation-text.ts';
import { PreparedOperation } from '../operation/prepare.ts';

/** Root fields whose answer depends on nothing but the deployment. Named one by one: a new field is private until it is here. */
export const viewerIndependentFields: ReadonlySet<string> = new Set(['Query.permissions']);

/** Whether everybody may ask everything in the operation, and gets the same answer. */
export function isWhollyPublic(policies: PolicyTable, text: OperationText): boolean {
  const { schema, definition } = text;
  if (definition.operation !== 'query') return false;
  let isPublic = true;
  const isOpen = (coordinate: string): boolean => {
    const rule = policies[coordinate];
    return rule !== undefined && (rule === anyone || describeRule(rule).inherited);
  };
  new PreparedOperation(text, {}).walk(({ node, staticType, possibleTypes, inputs }) => {
    const coordinate = `${staticType.name}.${node.name.value}`;
    if (staticType === schema.getQueryType() && !viewerIndependentFields.has(coordinate)) isPublic = false;
    for (const type of [staticType, ...possibleTypes])
      if (!isOpen(type.name) || !isOpen(`${type.name}.${node.name.value}`)) isPublic = false;
    for (const input of inputs) if (input.kind !== 'enumValue' && !isOpen(input.coordinate)) isPublic = false;
    return isPublic;
  });
  return isPublic;
}
