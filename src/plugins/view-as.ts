/**
 * `x-view-as`: cuts the viewer to what a role or a key of their organization may see, for queries only, and says in
 * `extensions.viewAs` where that falls short. Everything after it (cost, budget, plan, guard) sees the cut viewer.
 */
import type { Plugin } from 'graphql-yoga';
import { parseViewAs } from '../authorization/view-as.ts';
import type { GatewayContext } from '../context.ts';
import { badRequest } from '../errors.ts';
import { addExtension } from '../http/results.ts';
import { actorOf } from '../nouns/actor-of.ts';

/** Makes the plugin. */
export function useViewAs(): Plugin<GatewayContext> {
  return {
    async onExecute({ args }) {
      const context = args.contextValue as GatewayContext;
      const header = context.request.headers.get('x-view-as');
      const target = parseViewAs(header);
      if (!target) return undefined;
      if (context.operation.definition.operation !== 'query') throw badRequest('x-view-as is for queries only.');
      const { viewer, missing } = await context.services.access.viewAs(actorOf(context), target);
      Object.assign(context, { viewer });
      return {
        onExecuteDone({ result, setResult }) {
          setResult(addExtension(result, 'viewAs', { as: header, missing }));
        },
      };
    },

    onSubscribe({ args }) {
      const context = args.contextValue as GatewayContext;
      if (parseViewAs(context.request.headers.get('x-view-as'))) throw badRequest('x-view-as is for queries only.');
    },
  };
}
