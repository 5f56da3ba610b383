/**
 * The client's address and scheme. A forwarded header is believed only as far as `TRUST_PROXY` says: a spoofed one changes
 * nothing.
 */
import ipaddr from 'ipaddr.js';
import { ConfigError } from '../config.ts';
import { type Exchange, headerOf } from './exchange.ts';

/** Whom to believe about the client. */
export interface ProxyTrust {
  /** Whether the peer at the other end of the socket is a proxy of ours. */
  trusts(remoteAddress: string): boolean;
  /** The client's address, normalized: an IPv4 address inside of IPv6 is the IPv4 one. */
  clientAddress(exchange: Pick<Exchange, 'headers' | 'remoteAddress'>): string;
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Longer chains are cut on the left, which is the client's own side. */
const maxForwarded = 32;

/**
 * Reads `TRUST_PROXY`: empty for no proxy, a number of hops, or a list of CIDR ranges.
 * @throws ConfigError for anything else.
 */
export function parseProxyTrust(setting: string): ProxyTrust {
  const text = setting.trim();
  if (text === '' || text === '0' || text === 'false')
    return { trusts: () => false, clientAddress: ({ remoteAddress }) => normalizeAddress(remoteAddress) ?? '' };
  if (/^\d{1,2}$/.test(text)) return trustHops(Number(text));
  const ranges = text.split(',').map((part) => parseRange(part.trim()));
  if (ranges.some((range) => range === null))
    throw new ConfigError(['TRUST_PROXY: expected a number of hops or a comma-separated list of CIDR ranges.']);
  return trustRanges(ranges as Range[]);
}

function trustHops(hops: number): ProxyTrust {
  return {
    trusts: () => true,
    clientAddress(exchange) {
      const chain = chainOf(exchange);
      return chain[Math.max(0, chain.length - 1 - hops)] ?? '';
    },
  };
}

function trustRanges(ranges: readonly Range[]): ProxyTrust {
  const trusts = (address: string): boolean => {
    const parsed = parseAddress(address);
    return parsed !== null && ranges.some(([base, bits]) => parsed.kind() === base.kind() && parsed.match(base, bits));
  };
  return {
    trusts,
    clientAddress(exchange) {
      const chain = chainOf(exchange);
      let at = chain.length - 1;
      while (at > 0 && trusts(chain[at] ?? '')) at -= 1;
      return chain[at] ?? '';
    },
  };
}

/** Forwarded addresses, the client's side first, then the peer's own. What is no address ends the chain. */
function chainOf(exchange: Pick<Exchange, 'headers' | 'remoteAddress'>): string[] {
  const chain = [normalizeAddress(exchange.remoteAddress) ?? ''];
  const forwarded = (headerOf(exchange, 'x-forwarded-for') ?? '').split(',').slice(-maxForwarded);
  for (const part of forwarded.reverse()) {
    const address = normalizeAddress(part.trim());
    if (address === null) break;
    chain.unshift(address);
  }
  return chain;
}

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  if (!ipaddr.isValid(text) || (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text))) return null;
  return ipaddr.process(text);
}

function parseRange(text: string): Range | null {
  const address = parseAddress(text);
  if (address) return [address, address.kind() === 'ipv4' ? 32 : 128];
  try {
    return ipaddr.parseCIDR(text);
  } catch {
    return null;
  }
}

/** An address in its one usual spelling; null for what is none. */
export function normalizeAddress(text: string): string | null {
  return parseAddress(text)?.toString() ?? null;
}

/** The network that limits count by: an IPv4 address, or the /64 of an IPv6 one, which one household or server owns. */
export function networkOf(address: string): string {
  const parsed = parseAddress(address);
  if (!parsed || parsed.kind() === 'ipv4') return parsed?.toString() ?? address;
  const groups = (parsed as ipaddr.IPv6).parts.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(':')}::/64`;
}
