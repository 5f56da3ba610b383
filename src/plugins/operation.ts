/**
 * Reads the operation, once for a request, in the place of Yoga's own parsing, validation and caches; and says which methods and media types
 * may carry which operation. Nothing that depends on the viewer or on variables is kept with a document.
 */
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import { createError } from '../errors.ts';
import type { OperationReader, PreparedOperation } from '../operation/prepare.ts';

/** Makes the plugin; it comes before every one that looks at the operation. */
export function useOperation(reader: OperationReader): Plugin<GatewayContext> {
  return {
    onParse({ context, params, extendContext, setParsedDocument }) {
      // A registered operation was read when it was first found.
      const document = context.admitted?.operation?.prepared ?? reader.read(String(params.source));
      const operation = reader.prepare({
        document,
        operationName: context.params?.operationName ?? null,
        variables: context.params?.variables ?? null,
      });
      setParsedDocument(operation.document);
      assertCarried(context, operation);
      extendContext({ operation, validationErrors: document.errors } as Partial<GatewayContext>);
    },

    onValidate({ context, setResult }) {
      setResult(context.validationErrors);
    },
  };
}

function assertCarried({ exchange }: GatewayContext, { definition }: PreparedOperation): void {
  exchange.operation.name = definition.name?.value ?? null;
  exchange.operation.kind = definition.operation;
  if (definition.operation === 'mutation' && exchange.method !== 'POST')
    throw createError('METHOD_NOT_ALLOWED', 'Mutations are sent by POST.', { status: 405, headers: { allow: 'POST' } });
  if (definition.operation === 'subscription' && !exchange.acceptsStream)
    throw createError('NOT_ACCEPTABLE', 'Subscriptions are answered as text/event-stream.', { status: 406 });
}
