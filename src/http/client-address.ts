/**
 * The client's address and scheme. A forwarded header is believed only as far as `TRUST_PROXY` says: a spoofed one changes
 * nothing.
 */
import ipaddr from 'ipaddr.js';
import proxyaddr from 'proxy-addr';
import { ConfigError } from '../config.ts';
import { type Exchange, headerOf } from './exchange.ts';

/** Whom to believe about the client. */
export interface ProxyTrust {
  /** Whether the peer at the other end of the socket is a proxy of ours. */
  trusts(remoteAddress: string): boolean;
  /** The client's address, normalized: an IPv4 address inside of IPv6 is the IPv4 one. */
  clientAddress(exchange: Pick<Exchange, 'headers' | 'remoteAddress'>): string;
}

/** Longer chains are cut on the left, which is the client's own side. */
const maxForwarded = 32;

/** Whether the address at a place of the chain, the peer's own being 0, is a proxy's of ours. */
type Trust = (address: string, index: number) => boolean;

/**
 * Reads `TRUST_PROXY`: empty for no proxy, a number of hops, or a list of CIDR ranges.
 * @throws ConfigError for anything else.
 */
export function parseProxyTrust(setting: string): ProxyTrust {
  const text = setting.trim();
  const trust = parseTrust(text === '0' || text === 'false' ? '' : text);
  return {
    trusts: (remoteAddress) => trust(normalizeAddress(remoteAddress) ?? '', 0),
    clientAddress(exchange) {
      const forwarded = (headerOf(exchange, 'x-forwarded-for') ?? '').split(',').slice(-maxForwarded).join(',');
      const headers = forwarded === '' ? {} : { 'x-forwarded-for': forwarded };
      const socket = { remoteAddress: normalizeAddress(exchange.remoteAddress) ?? '' };
      let client = socket.remoteAddress;
      // The peer's own first. What is no address ends the chain.
      for (const part of proxyaddr.all({ headers, socket, connection: socket } as never, trust).slice(1)) {
        const address = normalizeAddress(part);
        if (address === null) break;
        client = address;
      }
      return client;
    },
  };
}

function parseTrust(text: string): Trust {
  if (text === '') return () => false;
  if (/^\d{1,2}$/.test(text)) return (_address, index) => index < Number(text);
  try {
    return proxyaddr.compile(text.split(',').map((part) => part.trim()));
  } catch {
    throw new ConfigError(['TRUST_PROXY: expected a number of hops or a comma-separated list of CIDR ranges.']);
  }
}

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  if (!ipaddr.isValid(text) || (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text))) return null;
  return ipaddr.process(text);
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
