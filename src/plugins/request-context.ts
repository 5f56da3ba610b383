/**
 * The first that happens to a request: it gets an id, an address and a log of its own; the last: one line in the log.
 * That line holds no value of a variable, no header and no query string.
 */
import { randomUUID } from 'node:crypto';
import type { Viewer } from '../authentication/viewer.ts';
import type { ProxyTrust } from '../http/client-address.ts';
import { type Exchange, type HttpPlugin, headerOf } from '../http/exchange.ts';
import type { OpenRequest } from '../http/node-listener.ts';
import type { Logger } from '../logger.ts';

/** The version of the HTTP interface, in `x-api-version`. */
export const apiVersion = '1';

/** Ids that are taken from the client; anything else (line breaks among it) is replaced. */
const acceptableRequestId = /^[A-Za-z0-9._-]{1,128}$/;
const maxUserAgentLength = 256;

/** Opens exchanges. */
export function createExchangeOpener(options: {
  readonly log: Logger;
  readonly trust: ProxyTrust;
}): (request: OpenRequest) => Exchange {
  return (request) => {
    const sent = headerOf(request, 'x-request-id');
    const requestId = sent !== undefined && acceptableRequestId.test(sent) ? sent : randomUUID();
    const userAgent = headerOf(request, 'user-agent');
    return {
      ...request,
      startedAt: performance.now(),
      facts: {
        requestId,
        ip: options.trust.clientAddress(request),
        userAgent: userAgent === undefined ? null : printable(userAgent, maxUserAgentLength),
      },
      log: options.log.child({ requestId }),
      viewer: null,
      acceptsStream: false,
      cacheability: null,
      operation: { name: null, kind: null, cost: null, actualCost: null, codes: [] },
      answerHeaders: { 'x-request-id': requestId, 'x-api-version': apiVersion },
    };
  };
}

/** Printable ASCII only, cut at a length: what a client sends must not forge lines or colours where a log is read. */
export function printable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[^\x20-\x7e]/g, '?');
}

/** Who called, for the log: kind and ids. */
export function viewerFacts(viewer: Viewer | null): Record<string, string> {
  if (!viewer) return { kind: 'unknown' };
  const organization: Record<string, string> = viewer.organization ? { organizationId: viewer.organization.id } : {};
  if (viewer.kind === 'user') return { kind: 'user', userId: viewer.userId, ...organization };
  if (viewer.kind === 'apiKey') return { kind: 'apiKey', apiKeyId: viewer.apiKeyId, ...organization };
  return { kind: 'anonymous' };
}

/** Writes the one line of each request; those of health checks are written at `debug`. */
export function useRequestLog(): HttpPlugin {
  return {
    onAnswer(exchange, answer) {
      const { operation, facts } = exchange;
      const line = {
        method: exchange.method,
        path: printable(exchange.path, 128),
        status: answer.status,
        durationMs: Math.round((performance.now() - exchange.startedAt) * 100) / 100,
        ip: facts.ip,
        viewer: viewerFacts(exchange.viewer),
        ...(operation.kind
          ? { operation: operation.name, kind: operation.kind, cost: operation.cost, actualCost: operation.actualCost }
          : {}),
        ...(operation.codes.length > 0 ? { codes: [...new Set(operation.codes)] } : {}),
      };
      if (exchange.path.startsWith('/health')) exchange.log.debug(line, 'request');
      else exchange.log.info(line, 'request');
    },
  };
}
