/** The acting party of a request, for services. */
import type { GatewayContext } from '../context.ts';
import type { Actor } from './actor.ts';

/** Who acts in a context. */
export function actorOf({ viewer, requestFacts }: GatewayContext): Actor {
  return { viewer, ...requestFacts };
}
