// SPDX-License-Identifier: Apache-2.0
import type { Metrics } from '#ports/metrics.ts';

/** Counts nothing, where nobody asks. */
export class NullMetrics implements Metrics {
  scanned(): void {}
  applied(): void {}
  served(): void {}
}
