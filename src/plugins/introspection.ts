/**
 * In production the schema is shown to those who may `schema:introspect`. Decided for each request, never in the cache of
 * validated documents, which knows no viewers.
 */
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import { refused } from '../errors.ts';

/** Makes the plugin. @param options.restricted true asks for the permission; false lets everybody introspect. */
export function useIntrospectionPermission(options: { readonly restricted: boolean }): Plugin<GatewayContext> {
  if (!options.restricted) return {};
  return {
    onExecute({ context }) {
      if (!context.operation.text.introspects) return;
      if (context.viewer.permissions.has('schema:introspect')) return;
      throw refused(context.viewer.kind === 'anonymous', 'Query.__schema', ['schema:introspect']);
    },
  };
}
