/** The shape of the table of policies, and the rows that repeat for each connection. */
import { inherited, type Rule } from './rules.ts';

/** GraphQL coordinate to rule: `Type`, `Type.field`, `Type.field(argument:)`, `Input.field`, `Enum.VALUE`. */
export type PolicyTable = Readonly<Record<string, Rule>>;

type ConnectionRows<Name extends string> = Record<
  | `${Name}Connection`
  | `${Name}Connection.${'edges' | 'nodes' | 'pageInfo' | 'totalCount'}`
  | `${Name}Edge`
  | `${Name}Edge.${'cursor' | 'node'}`,
  Rule
>;

/** The rows of a connection type and its edge type: the rule of its nodes guards all of them, the count included. */
export function connection<const Name extends string>(name: Name, rule: Rule): ConnectionRows<Name> {
  const page = `${name}Connection`;
  const edge = `${name}Edge`;
  const members = [
    `${page}.edges`,
    `${page}.nodes`,
    `${page}.pageInfo`,
    `${page}.totalCount`,
    `${edge}.cursor`,
    `${edge}.node`,
  ];
  return Object.fromEntries([page, edge, ...members].map((coordinate) => [coordinate, rule])) as ConnectionRows<Name>;
}

type ArgumentRows<Field extends string, Argument extends string> = Record<`${Field}(${Argument}:)`, Rule>;

/** Rows for arguments that whoever may use the field may use. */
export function openArguments<const Field extends string, const Argument extends string>(
  field: Field,
  ...names: readonly Argument[]
): ArgumentRows<Field, Argument> {
  return Object.fromEntries(names.map((name) => [`${field}(${name}:)`, inherited])) as ArgumentRows<Field, Argument>;
}
