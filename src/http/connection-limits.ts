/**
 * How many connections there may be, in all and from one network. Those beyond are still accepted, up to a few, so that health can be
 * asked on them; what comes beyond these as well is closed at once.
 */
import type { Socket } from 'node:net';
import { networkOf } from './client-address.ts';

/** Options of {@link createConnectionLimits}. */
export interface ConnectionLimitOptions {
  readonly max: number;
  /** From one IPv4 address or IPv6 /64. */
  readonly maxPerNetwork: number;
  /** Whether the peer is a proxy of ours, which brings the connections of many. */
  isProxy(remoteAddress: string): boolean;
}

/** Counts connections. */
export interface ConnectionLimits {
  /** Connections beyond `max` that are still accepted. */
  readonly spare: number;
  /** Counts a connection until it closes. Closes it where there are too many to even say so. */
  admit(socket: Socket): void;
  /** Whether a connection came when there were too many already. */
  isSurplus(socket: Socket): boolean;
}

const spare = 64;
const sparePerNetwork = 8;

/** Makes the limits. */
export function createConnectionLimits({ max, maxPerNetwork, isProxy }: ConnectionLimitOptions): ConnectionLimits {
  const surplus = new WeakSet<Socket>();
  const perNetwork = new Map<string, number>();
  let open = 0;

  return {
    spare,
    admit(socket) {
      const address = socket.remoteAddress ?? '';
      const network = isProxy(address) ? null : networkOf(address);
      const ofNetwork = network === null ? 0 : (perNetwork.get(network) ?? 0);
      if (open >= max || ofNetwork >= maxPerNetwork) surplus.add(socket);
      open += 1;
      if (network !== null) perNetwork.set(network, ofNetwork + 1);
      socket.once('close', () => {
        open -= 1;
        if (network === null) return;
        const left = (perNetwork.get(network) ?? 1) - 1;
        if (left > 0) perNetwork.set(network, left);
        else perNetwork.delete(network);
      });
      if (ofNetwork >= maxPerNetwork + sparePerNetwork) socket.destroy();
    },
    isSurplus: (socket) => surplus.has(socket),
  };
}
