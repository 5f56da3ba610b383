/** One line in the log for each request, of known fields alone: no value of a variable, no header, no query string. */
import type { Viewer } from '../authorization/viewer.ts';
import type { GatewayPlugin } from '../context.ts';
import { printable } from '../http/printable.ts';
import type { Logger } from '../logger.ts';

const maxPathLength = 128;

/** Makes the plugin; lines of health checks are written at `debug`. */
export function useRequestLog(log: Logger): GatewayPlugin {
  return {
    onResponse({ response, serverContext: { exchange } }) {
      const { operation, facts, path } = exchange;
      const level = path.startsWith('/health') ? 'debug' : 'info';
      if (!log.isLevelEnabled(level)) return;
      log[level](
        {
          requestId: facts.requestId,
          method: exchange.method,
          path: printable(path, maxPathLength),
          status: response.status,
          durationMs: Math.round((performance.now() - exchange.startedAt) * 100) / 100,
          ip: facts.ip,
          viewer: viewerFacts(exchange.viewer),
          ...(operation.kind
            ? {
                operation: operation.name,
                kind: operation.kind,
                cost: operation.cost,
                actualCost: operation.actualCost,
              }
            : {}),
          ...(operation.codes.length > 0 ? { codes: [...new Set(operation.codes)] } : {}),
        },
        'request',
      );
    },
  };
}

/** Who called: kind and ids. */
function viewerFacts(viewer: Viewer | null): Record<string, string> {
  if (!viewer) return { kind: 'unknown' };
  const organization: Record<string, string> = viewer.organization ? { organizationId: viewer.organization.id } : {};
  if (viewer.kind === 'user') return { kind: 'user', userId: viewer.userId, ...organization };
  if (viewer.kind === 'apiKey') return { kind: 'apiKey', apiKeyId: viewer.apiKeyId, ...organization };
  return { kind: 'anonymous' };
}
