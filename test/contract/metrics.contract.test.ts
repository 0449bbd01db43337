// SPDX-License-Identifier: Apache-2.0
import { MetricsEndpoint } from '#adapters/metrics/endpoint.ts';
import { NullMetrics } from '#adapters/metrics/null-metrics.ts';
import { PrometheusMetrics } from '#adapters/metrics/prometheus.ts';
import type { Metrics } from '#ports/metrics.ts';
import { type MetricsStage, metricsContract } from './metrics.suite.ts';

/** A stage for metrics that have neither a start nor a stop. */
function alwaysOn(metrics: Metrics): MetricsStage {
  return { metrics, start: () => Promise.resolve(), stop: () => Promise.resolve() };
}

metricsContract('NullMetrics', () => alwaysOn(new NullMetrics()));
metricsContract('PrometheusMetrics', () => alwaysOn(new PrometheusMetrics()));
metricsContract('MetricsEndpoint', () => {
  const endpoint = new MetricsEndpoint('127.0.0.1:0');
  return { metrics: endpoint, start: async () => void (await endpoint.start()), stop: () => endpoint.stop() };
});
