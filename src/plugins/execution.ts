/** Runs the operation by `operation/run.ts`, in the place of graphql-js's own execution: without a plan nothing executes. */
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import { badRequest } from '../errors.ts';
import { printable } from '../http/printable.ts';
import type { AuthorizationMode, OperationRunner, RunRequest } from '../operation/run.ts';
import type { Subscriber } from '../operation/stream.ts';

/**
 * Reads `x-authorization-mode`. `null` when the header is absent.
 * @throws BAD_REQUEST for a mode that does not exist: a client that asked for a refusal must not get a partial answer.
 */
export function parseAuthorizationMode(header: string | null | undefined): AuthorizationMode {
  if (header === null || header === undefined || header === '') return 'null';
  if (header === 'null' || header === 'reject' || header === 'dry-run') return header;
  throw badRequest(
    `There is no x-authorization-mode "${printable(header, 64)}". Send "reject", "dry-run" or "null"; without the header it is "null", and denied fields are null.`,
  );
}

/** Options of {@link useExecution}. */
export interface ExecutionOptions {
  readonly runner: OperationRunner;
  readonly subscribe: Subscriber;
}

/** Makes the plugin; it comes after everything that may refuse an operation or change its viewer. */
export function useExecution({ runner, subscribe }: ExecutionOptions): Plugin<GatewayContext> {
  const requestOf = (context: GatewayContext): RunRequest => ({
    operation: context.operation,
    viewer: context.viewer,
    context,
    mode: parseAuthorizationMode(context.request.headers.get('x-authorization-mode')),
    includeCost: context.request.headers.get('x-include-cost') === '1',
  });
  return {
    onExecute({ args, setExecuteFn }) {
      const request = requestOf(args.contextValue as GatewayContext);
      setExecuteFn(() => runner.run(request));
    },
    onSubscribe({ args, setSubscribeFn }) {
      const request = requestOf(args.contextValue as GatewayContext);
      setSubscribeFn(() => subscribe(request));
    },
  };
}
