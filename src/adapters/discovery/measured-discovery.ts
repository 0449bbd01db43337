// SPDX-License-Identifier: Apache-2.0
import type { Inventory } from '#domain/hca/hca.ts';
import type { Clock } from '#ports/clock.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { Metrics, ScanOutcome } from '#ports/metrics.ts';

/** What scans are measured with. */
export interface Measuring {
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Measures the scans of a discovery, so that no adapter has to. `name` identifies the discovery in metrics. */
export class MeasuredDiscovery implements HcaDiscovery {
  constructor(
    private readonly name: string,
    private readonly inner: HcaDiscovery,
    private readonly measuring: Measuring,
  ) {}

  async scan(): Promise<Inventory> {
    const startedAt = this.measuring.clock.now();
    try {
      const inventory = await this.inner.scan();
      this.record(startedAt, outcomeOf(this.name, inventory), inventory.hcas.length);
      return inventory;
    } catch (error) {
      this.record(startedAt, 'failed', 0);
      throw error;
    }
  }

  private record(startedAt: number, outcome: ScanOutcome, hcas: number): void {
    const { metrics, clock } = this.measuring;
    metrics.scanned({ discovery: this.name, outcome, seconds: (clock.now() - startedAt) / 1000, hcas });
  }
}

const moduleOutcomes: ReadonlyMap<string, ScanOutcome> = new Map([
  ['DISCOVERY_MODULE_NOT_LOADED', 'failed'],
  ['DISCOVERY_MODULE_FAILED', 'failed'],
  ['DISCOVERY_MODULE_TIMEOUT', 'slow'],
  ['DISCOVERY_MODULE_INVALID_INVENTORY', 'nonsense'],
]);

/** A module never rejects: without a valid inventory it reports a problem about itself (guarded-module.ts). */
function outcomeOf(name: string, { problems }: Inventory): ScanOutcome {
  const failure = problems.find(({ code, subject }) => subject === name && moduleOutcomes.has(code));
  return moduleOutcomes.get(failure?.code ?? '') ?? 'good';
}
