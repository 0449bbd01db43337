// SPDX-License-Identifier: Apache-2.0
import type { DiscoveryOptions, LogOptions, RunOptions } from '#adapters/cli/command.ts';
import { createDiscovery } from '#adapters/discovery/registry.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { StreamLogger } from '#adapters/log/stream-logger.ts';
import { MetricsEndpoint } from '#adapters/metrics/endpoint.ts';
import { NullMetrics } from '#adapters/metrics/null-metrics.ts';
import { parseYaml } from '#adapters/settings/document/parse-yaml.ts';
import { Daemon } from '#app/daemon.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { Logger } from '#ports/logger.ts';
import { createContainer } from './container.ts';

/** What the command `run` works with. */
export interface Program {
  readonly daemon: Daemon;
  /** Null unless metrics are served. */
  readonly metricsEndpoint: MetricsEndpoint | null;
}

/** Rejects with a ProblemError if the options are not valid. */
export async function createProgram(options: RunOptions, logger: Logger): Promise<Program> {
  const container = await createContainer(options, logger);
  const metricsEndpoint = container.isBound(MetricsEndpoint) ? container.get(MetricsEndpoint) : null;
  return { daemon: container.get(Daemon), metricsEndpoint };
}

/** How long the command `discover` waits for a module: it scans once. */
const modulePatienceMs = 10_000;

/** Creates what the command `discover` scans with. Rejects with a ProblemError if the options are not valid. */
export async function createHcaDiscovery(options: DiscoveryOptions, logger: Logger): Promise<HcaDiscovery> {
  const parts = { clock: new SystemClock(), metrics: new NullMetrics(), parseYaml, logger, modulePatienceMs };
  return (await createDiscovery({ ...options, ...parts })).discovery;
}

export function createLogger(options: LogOptions): Logger {
  return new StreamLogger(process.stderr, options);
}
