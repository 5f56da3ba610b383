/**
 * Changes of a noun below a row of its parent, as they are listened to. An event carries an id and what decides who sees the row; everything
 * else is read anew, through the listener's own visibility. Whoever does not see a row hears nothing of it, its deletion included.
 */
import { requireMember } from '../authorization/data-model.ts';
import { localId, toGlobalId } from '../authorization/global-id.ts';
import { definePolicies, policyOf } from '../authorization/policies.ts';
import { anyone } from '../authorization/rules.ts';
import { SkippedEvent } from '../authorization/skipped-event.ts';
import { type ModelName, nobodysId } from '../authorization/visibility.ts';
import type { GatewayContext } from '../context.ts';
import { notFound } from '../errors.ts';
import type { RowChange } from '../stores/events.ts';
import type { AnyNoun } from './declaration.ts';
import { modelOf } from './delegate.ts';
import { looseBuilder } from './loose-builder.ts';
import { sentenceNames } from './names.ts';
import { findVisible } from './node.ts';
import { seesRecorded } from './row-rules.ts';

let hasRoot = false;

/** Makes the root of subscriptions; called by whatever can be listened to, since a root without fields is no schema. */
export function defineSubscriptions(): void {
  if (hasRoot) return;
  hasRoot = true;
  definePolicies({ Subscription: anyone });
  looseBuilder.subscriptionType({
    description: 'Everything that can be listened to.',
    authScopes: policyOf('Subscription'),
  });
}

/** Listens to changes below a row that the viewer sees. @throws NOT_FOUND */
export async function listenBelow(
  noun: string,
  parent: ModelName,
  parentId: unknown,
  { db, events, viewer }: Pick<GatewayContext, 'db' | 'events' | 'viewer'>,
): Promise<AsyncIterableIterator<RowChange>> {
  const where = { id: localId(parentId, parent) ?? nobodysId };
  const row = await modelOf(db, parent).findFirst({ where, select: { id: true } });
  if (!row || !viewer.organization) throw notFound(parent);
  return events.onRowChanged(noun, viewer.organization.id, row.id);
}

/** Adds the subscription that the declaration asks for. */
export function defineNounEvents(noun: AnyNoun, type: object): void {
  const { name, parent, rows } = noun;
  if (!noun.events || !parent) return;
  const { property, word } = sentenceNames(noun);
  const above = requireMember(name, parent.relation).type as ModelName;
  const aboveWord = sentenceNames({ name: above }).word;
  defineSubscriptions();

  const kind = looseBuilder.enumType(`${name}ChangeKind`, {
    description: `What happened to a ${word}.`,
    values: {
      CREATED: { value: 'CREATED', description: 'It was made.' },
      UPDATED: { value: 'UPDATED', description: 'It changed.' },
      DELETED: { value: 'DELETED', description: 'It was deleted.' },
    },
  });
  const change = looseBuilder.objectType(`${name}Change`, {
    description: `Something that happened to a ${word}.`,
    authScopes: policyOf(`${name}Change`),
    fields: (t) => ({
      kind: t.field({
        type: kind,
        description: 'What happened.',
        authScopes: policyOf(`${name}Change.kind`),
        resolve: (event: RowChange) => event.kind,
      }),
      [`${property}Id`]: t.field({
        type: 'ID',
        description: `The global id of the ${word}.`,
        authScopes: policyOf(`${name}Change.${property}Id`),
        resolve: ({ id }: RowChange) => toGlobalId(name, id),
      }),
      [property]: t.field({
        type,
        nullable: true,
        description: `The ${word} as it is now; null when it is gone.`,
        authScopes: policyOf(`${name}Change.${property}`),
        resolve: async ({ id }: RowChange, _args: unknown, context: never, info: never) =>
          (await findVisible(name, [id], context, info))[0] ?? null,
      }),
    }),
  });
  const argument = `${parent.relation}Id`;
  looseBuilder.subscriptionField(`${property}Changed`, (t) =>
    t.field({
      type: change,
      description: `Changes of the ${noun.plural} of a ${aboveWord}.`,
      authScopes: policyOf(`Subscription.${property}Changed`),
      args: { [argument]: t.arg.id({ required: true, description: `The global id of the ${aboveWord}.` }) },
      subscribe: (_root: unknown, args: Readonly<Record<string, unknown>>, context: GatewayContext) =>
        listenBelow(name, above, args[argument], context),
      resolve(event: RowChange, _args: unknown, { viewer }: GatewayContext) {
        if (rows && !seesRecorded(name, rows, viewer, event.recorded)) throw new SkippedEvent();
        return event;
      },
    }),
  );
}
