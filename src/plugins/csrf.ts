/**
 * A cookie is sent by the browser whoever asks for it. The two operations that read the refresh cookie therefore need a
 * header that no form and no link of another site can send. All other credentials are headers, and safe from that.
 */
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import { createError } from '../errors.ts';

/** Names of the refresh cookie: prefixed under https, bare on loopback. */
const refreshCookie = /(?:^|;\s*)(?:__Host-)?fieldgate[-_]refresh=/;
const readsCookie: ReadonlySet<string> = new Set(['refreshSession', 'signOut']);

/** Makes the plugin. */
export function useCsrfHeader(): Plugin<GatewayContext> {
  return {
    onExecute({ args }) {
      const context = args.contextValue as GatewayContext;
      const { headers } = context.request;
      if (headers.has('x-fieldgate-csrf') || !refreshCookie.test(headers.get('cookie') ?? '')) return;
      const { definition, rootFields } = context.operation;
      if (definition.operation !== 'mutation') return;
      if (!rootFields.some(({ node }) => readsCookie.has(node.name.value))) return;
      throw createError('CSRF_HEADER_REQUIRED', 'Calls with the refresh cookie need the header x-fieldgate-csrf.', {
        status: 403,
      });
    },
  };
}
