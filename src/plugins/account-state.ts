/**
 * Members who wait for approval or are suspended may sign out, and nothing else. Decided for the whole operation, before
 * any of it is planned.
 */
import { Kind, type OperationDefinitionNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import { createError } from '../errors.ts';
import { requestedOperation } from './operation-limits.ts';

const signingOut: ReadonlySet<string> = new Set(['signOut', 'signOutEverywhere', '__typename']);

/** Makes the plugin. */
export function useAccountState(): Plugin<GatewayContext> {
  const assertActive = (context: GatewayContext): void => {
    const { viewer } = context;
    if (viewer.kind !== 'user' || viewer.membershipState === null || viewer.membershipState === 'ACTIVE') return;
    if (onlySignsOut(requestedOperation(context).definition)) return;
    throw viewer.membershipState === 'PENDING'
      ? createError('ACCOUNT_PENDING', 'Your membership waits for approval.', { status: 403 })
      : createError('ACCOUNT_SUSPENDED', 'Your membership is suspended.', { status: 403 });
  };
  return {
    onExecute({ context }) {
      assertActive(context);
    },
    onSubscribe({ args }) {
      assertActive(args.contextValue as GatewayContext);
    },
  };
}

/** Fragments at the root are no way of signing out: what is in them is not looked at, and so refused. */
function onlySignsOut({ operation, selectionSet }: OperationDefinitionNode): boolean {
  return (
    operation === 'mutation' &&
    selectionSet.selections.every((one) => one.kind === Kind.FIELD && signingOut.has(one.name.value))
  );
}
