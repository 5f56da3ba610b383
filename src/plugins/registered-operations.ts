/**
 * Puts the registered text in the place of its id. Comes after authentication, for whose operations these are is the viewer's, and before
 * anything looks at a document.
 */
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import type { AdmissionParams, OperationAdmission } from '../registry/admission.ts';

/** Makes the plugin. */
export function useRegisteredOperations({ admit }: OperationAdmission): Plugin<GatewayContext> {
  return {
    async onParams({ params, setParams, context }) {
      const { exchange, viewer, log } = context as unknown as GatewayContext;
      const admitted = await admit({ method: exchange.method, viewer, log }, params as AdmissionParams);
      Object.assign(context, { admitted });
      exchange.cacheability = admitted.byId ? (admitted.operation?.cacheability ?? null) : null;
      const { documentId: _named, ...rest } = params as typeof params & AdmissionParams;
      setParams({ ...rest, query: admitted.text });
    },
  };
}
