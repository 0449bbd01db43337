// SPDX-License-Identifier: Apache-2.0
import type { Metrics } from '#ports/metrics.ts';

/** Counts nothing: used when no metrics are served. */
export class NullMetrics implements Metrics {
  scanFinished(): void {}
  planApplied(): void {}
  resourceEvent(): void {}
}
