/** The mutations of a declared noun: inputs, payloads and fields. What they do stands in `row-service.ts`. */
import { writes as writesColumns } from '../authorization/column-uses.ts';
import { relationColumn, requireMember } from '../authorization/data-model.ts';
import { policyOf } from '../authorization/policies.ts';
import type { GatewayContext } from '../context.ts';
import { actorOf } from './actor-of.ts';
import type { AnyNoun } from './declaration.ts';
import type { AnyField } from './fields.ts';
import { type LooseFields, looseBuilder } from './loose-builder.ts';
import { sentenceNames } from './names.ts';
import { isUpdated } from './noun-policies.ts';
import { deletedPayload, rowPayload } from './payload.ts';
import { inputName, type WriteInput } from './row-service.ts';

/** What `expectedUpdatedAt` is, in every input that has it. */
export const expectedUpdatedAt =
  'The `updatedAt` that was read: CONFLICT when the row changed since. Left out: whatever it is now.';

const inputTypes = {
  text: 'String',
  integer: 'Int',
  decimal: 'Decimal',
  instant: 'DateTime',
  boolean: 'Boolean',
  relation: 'ID',
} as const;

/** What a value must be, in words. */
function bounds(field: AnyField): string {
  if (field.kind === 'text') {
    const { min = 0, max, form } = field.options;
    const length =
      max === undefined
        ? ''
        : min > 0
          ? `${min} to ${max.toLocaleString('en')} characters.`
          : `At most ${max.toLocaleString('en')} characters.`;
    return [length, form?.words ?? ''].filter((part) => part !== '').join(' ');
  }
  if (field.kind === 'relation') return 'A global id.';
  return '';
}

function inputField(noun: AnyNoun, t: LooseFields, name: string, field: AnyField, isNew: boolean) {
  if (field.kind === 'id') throw new Error('Nobody writes an id.');
  const { options } = field;
  const column = field.kind === 'relation' ? relationColumn(noun.name, name) : name;
  const isEmptied = !isNew && !requireMember(noun.name, column).isRequired;
  const leftOut = isNew && options.leftOut ? `${options.leftOut} when left out.` : '';
  const words = [options.description, bounds(field), leftOut, isEmptied ? 'Null empties it.' : ''];
  return t.field({
    type: field.kind === 'enumeration' ? field.type.type : inputTypes[field.kind],
    required: isNew && options.create === 'required',
    description: words.filter((part) => part !== '').join(' '),
    ...(options.write ? { extensions: writesColumns(`${noun.name}.${column}` as never) } : {}),
  });
}

/** Adds the mutations that the declaration asks for. */
export function defineNounWrites(noun: AnyNoun, type: object): void {
  const { name, writes = {}, parent } = noun;
  const { property, article } = sentenceNames(noun);
  const fields = Object.entries(noun.fields);
  const what = 'What to do it with.';

  const mutation = (
    verb: string,
    input: object,
    payload: object,
    description: string,
    run: (context: GatewayContext, input: WriteInput) => Promise<{ id: string }>,
  ): void =>
    looseBuilder.mutationField(`${verb}${name}`, (t) =>
      t.field({
        type: payload,
        nullable: true,
        description,
        authScopes: policyOf(`Mutation.${verb}${name}`),
        args: { input: t.arg({ type: input, required: true, description: what }) },
        resolve: (_root: unknown, args: { input: WriteInput }, context: GatewayContext) => run(context, args.input),
      }),
    );

  if (writes.create)
    mutation(
      'create',
      looseBuilder.inputType(`Create${name}Input`, {
        description: `A new ${sentenceNames(noun).word}.`,
        fields: (t) => ({
          ...(parent
            ? {
                [`${parent.relation}Id`]: t.id({
                  required: true,
                  description: `The global id of the ${sentenceNames({ name: requireMember(name, parent.relation).type as never }).word}.`,
                }),
              }
            : {}),
          ...Object.fromEntries(
            fields.flatMap(([field, declared]) =>
              'create' in declared.options && declared.options.create
                ? [[inputName(field, declared), inputField(noun, t, field, declared, true)]]
                : [],
            ),
          ),
        }),
      }),
      rowPayload(`create${name}`, property, name, type),
      writes.words?.create ?? `Makes ${article}.`,
      (context, input) => context.services.rows.create(noun, actorOf(context), input),
    );
  if (writes.update)
    mutation(
      'update',
      looseBuilder.inputType(`Update${name}Input`, {
        description: 'What changes; what is left out stays.',
        fields: (t) => ({
          id: t.id({ required: true, description: 'The global id.' }),
          expectedUpdatedAt: t.field({ type: 'DateTime', description: expectedUpdatedAt }),
          ...Object.fromEntries(
            fields.flatMap(([field, declared]) =>
              isUpdated(declared) ? [[inputName(field, declared), inputField(noun, t, field, declared, false)]] : [],
            ),
          ),
        }),
      }),
      rowPayload(`update${name}`, property, name, type),
      writes.words?.update ?? `Changes ${article}.`,
      (context, input) => context.services.rows.update(noun, actorOf(context), input),
    );
  if (writes.delete)
    mutation(
      'delete',
      looseBuilder.inputType(`Delete${name}Input`, {
        description: `The ${sentenceNames(noun).word} to delete.`,
        fields: (t) => ({ id: t.id({ required: true, description: 'The global id.' }) }),
      }),
      deletedPayload(`delete${name}`, name),
      writes.words?.delete ?? `Deletes ${article}.`,
      (context, { id }) => context.services.rows.delete(noun, actorOf(context), id),
    );
}
