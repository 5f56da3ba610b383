/** Counts every answer, for what Prometheus reads on METRICS_PORT. */
import type { GatewayPlugin } from '../context.ts';
import type { Metrics } from '../http/metrics.ts';

/** Makes the plugin. */
export function useMetrics(metrics: Metrics): GatewayPlugin {
  return {
    onResponse({ response, serverContext: { exchange } }) {
      const kind = exchange.operation.kind ?? 'none';
      metrics.requests.inc({ status: String(response.status), kind });
      metrics.requestSeconds.observe({ kind }, (performance.now() - exchange.startedAt) / 1_000);
      for (const code of exchange.operation.codes) metrics.errors.inc({ code });
      const viewer = exchange.viewer?.kind ?? 'unknown';
      if (exchange.operation.cost !== null) metrics.estimatedCost.observe({ viewer }, exchange.operation.cost);
      if (exchange.operation.actualCost !== null) metrics.actualCost.observe({ viewer }, exchange.operation.actualCost);
    },
  };
}
