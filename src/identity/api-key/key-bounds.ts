/** What bounds an API key beside its permissions. A key hands its own bounds on: what it makes reaches no further than itself. */
import ipaddr from 'ipaddr.js';

/** Bounds of one key. */
export interface KeyBounds {
  /** Whose registered operations it runs. */
  readonly client: string;
  /** Whether it may send operations that are not registered. */
  readonly allowAdHoc: boolean;
  /** When it ends by itself; null for never. */
  readonly expiresAt: Date | null;
  /** CIDR ranges; none means anywhere. */
  readonly allowedNetworks: readonly string[];
  /** Cost points a minute; null means the deployment's default. */
  readonly budget: number | null;
  /** Requests a minute; null means no limit of its own. */
  readonly requestsPerMinute: number | null;
}

/** Fills what is left out with the maker's own bounds. Text of its own is never handed on unasked. */
export function withInherited(own: KeyBounds, wanted: Partial<KeyBounds>): KeyBounds {
  return {
    client: wanted.client ?? own.client,
    allowAdHoc: wanted.allowAdHoc ?? false,
    expiresAt: wanted.expiresAt ?? own.expiresAt,
    allowedNetworks: wanted.allowedNetworks?.length ? wanted.allowedNetworks : own.allowedNetworks,
    budget: wanted.budget ?? own.budget,
    requestsPerMinute: wanted.requestsPerMinute ?? own.requestsPerMinute,
  };
}

/**
 * In what another key reaches further than one's own; empty when in nothing.
 * @param defaultBudget what a key without a budget has, in cost points a minute.
 */
export function boundsBeyond(own: KeyBounds, other: KeyBounds, defaultBudget: number): (keyof KeyBounds)[] {
  const beyond: Record<keyof KeyBounds, boolean> = {
    // Another client's operations are other operations, unless one may send any.
    client: other.client !== own.client && !own.allowAdHoc,
    allowAdHoc: other.allowAdHoc && !own.allowAdHoc,
    expiresAt: own.expiresAt !== null && (other.expiresAt === null || other.expiresAt > own.expiresAt),
    allowedNetworks: !areNetworksWithin(own.allowedNetworks, other.allowedNetworks),
    budget: (other.budget ?? defaultBudget) > (own.budget ?? defaultBudget),
    requestsPerMinute:
      own.requestsPerMinute !== null &&
      (other.requestsPerMinute === null || other.requestsPerMinute > own.requestsPerMinute),
  };
  return (Object.keys(beyond) as (keyof KeyBounds)[]).filter((name) => beyond[name]);
}

/** Whether a text is an address range. */
export function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

function areNetworksWithin(own: readonly string[], other: readonly string[]): boolean {
  if (own.length === 0) return true;
  return other.length > 0 && other.every((network) => own.some((wider) => isNetworkWithin(wider, network)));
}

function isNetworkWithin(wider: string, network: string): boolean {
  if (!isNetwork(wider) || !isNetwork(network)) return false;
  const [base, bits] = ipaddr.parseCIDR(wider);
  const [address, ownBits] = ipaddr.parseCIDR(network);
  return base.kind() === address.kind() && ownBits >= bits && address.match(base, bits);
}
