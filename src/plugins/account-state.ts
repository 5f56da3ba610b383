/**
 * Members who wait for approval or are suspended may sign out, and nothing else. Decided for the whole operation, before
 * any of it is planned.
 */
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import { createError } from '../errors.ts';
import type { PreparedOperation } from '../operation/prepare.ts';

const signingOut: ReadonlySet<string> = new Set(['signOut', 'signOutEverywhere']);

/** Makes the plugin. */
export function useAccountState(): Plugin<GatewayContext> {
  const assertActive = (context: GatewayContext): void => {
    const { viewer } = context;
    if (viewer.kind !== 'user' || viewer.membershipState === null || viewer.membershipState === 'ACTIVE') return;
    if (onlySignsOut(context.operation)) return;
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

function onlySignsOut({ definition, rootFields }: PreparedOperation): boolean {
  return definition.operation === 'mutation' && rootFields.every(({ node }) => signingOut.has(node.name.value));
}
