/** Asks what an operation costs before it runs, and says afterwards what it did cost. */
import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import { addExtension, isStream } from '../http/results.ts';
import { countObjects } from '../limits/operation-cost.ts';
import { type CostGate, costExtension } from './cost-gate.ts';
import { requestedOperation } from './operation-limits.ts';

/** Makes the plugin. It comes after everything that may change the viewer, and before the plan. */
export function useOperationCost(gate: CostGate): Plugin<GatewayContext> {
  const decide = (context: GatewayContext, rawVariables: unknown) => {
    const { exchange, viewer } = context;
    return gate({ exchange, viewer, ...requestedOperation(context) }, rawVariables);
  };

  return {
    async onExecute({ args, setResultAndStopExecution }) {
      const context = args.contextValue as GatewayContext;
      const decision = await decide(context, args.variableValues);
      const wanted = context.request.headers.get('x-include-cost') === '1';
      if (decision.errors.length > 0) {
        const result: ExecutionResult = { errors: decision.errors };
        setResultAndStopExecution(wanted ? addExtension(result, 'cost', costExtension(decision, null)) : result);
        return undefined;
      }
      return {
        onExecuteDone({ result, setResult }) {
          if (isStream(result)) return;
          const introspects = requestedOperation(context).prepared.shape?.introspects ?? false;
          const actual = introspects ? decision.cost : Math.max(0, countObjects((result as ExecutionResult).data) - 1);
          context.exchange.operation.actualCost = actual;
          if (wanted) setResult(addExtension(result, 'cost', costExtension(decision, actual)));
        },
      };
    },

    async onSubscribe({ args, setResultAndStopExecution }) {
      const decision = await decide(args.contextValue as GatewayContext, args.variableValues);
      if (decision.errors.length > 0) setResultAndStopExecution({ errors: decision.errors });
    },
  };
}
