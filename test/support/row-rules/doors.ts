/** The doors to a noun's rows, walked out of the schema: every field and every filter through which a row of it could show. */
import {
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
} from 'graphql';

/** A field that leads from a row, or from the root, to rows of a noun. */
export interface Door {
  /** `Query`, or the type of the row that it starts from. */
  readonly from: string;
  readonly field: string;
  readonly shape: 'connection' | 'list' | 'one';
  /** Whether it asks for an id. */
  readonly byId: boolean;
}

/** A filter of one type that looks at rows of another. */
export interface FilterDoor {
  /** The type that is filtered. */
  readonly of: string;
  readonly member: string;
  /** Through a list (`some`, `every`, `none`), or through a relation to one. */
  readonly isList: boolean;
}

/** Parts of a connection or an event: met through the field that answers it. */
const isPart = (name: string): boolean => /^__|(Connection|Edge|Change|Payload)$|^(Subscription|Mutation)$/.test(name);

/** Fields that answer rows of a noun: all of them, whoever declared them. */
export function doorsTo(schema: GraphQLSchema, noun: string): readonly Door[] {
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !isPart(name))
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap((field): Door[] => {
        const named = getNamedType(field.type).name;
        if (named !== noun && named !== `${noun}Connection`) return [];
        const isConnection = named === `${noun}Connection`;
        const shape = isConnection ? 'connection' : isListType(getNullableType(field.type)) ? 'list' : 'one';
        return [{ from: type.name, field: field.name, shape, byId: field.args.some(({ name }) => name === 'id') }];
      }),
    );
}

/** Filters that look at rows of a noun from those of another. */
export function filtersThrough(schema: GraphQLSchema, noun: string): readonly FilterDoor[] {
  return Object.values(schema.getTypeMap())
    .filter(isInputObjectType)
    .filter(({ name }) => name.endsWith('Filter') && !name.endsWith('ListFilter'))
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap((member): FilterDoor[] => {
        const named = getNamedType(member.type).name;
        if (['AND', 'OR', 'NOT'].includes(member.name)) return [];
        if (named !== `${noun}Filter` && named !== `${noun}ListFilter`) return [];
        return [
          { of: type.name.slice(0, -'Filter'.length), member: member.name, isList: named === `${noun}ListFilter` },
        ];
      }),
    );
}

/** The orders of a noun's lists. */
export function ordersOf(schema: GraphQLSchema, noun: string): readonly string[] {
  const type = schema.getType(`${noun}OrderField`);
  return isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
}
