// SPDX-License-Identifier: Apache-2.0
import type { Inventory } from '#domain/hca/hca.ts';
import type { Clock } from '#ports/clock.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { Metrics, ScanOutcome } from '#ports/metrics.ts';

/** With what the looks of discoveries are measured. */
export interface Measuring {
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** A discovery whose looks are measured from outside, so that no adapter has to think of it. `name` is how metrics call it. */
export class MeasuredDiscovery implements HcaDiscovery {
  constructor(
    private readonly name: string,
    private readonly inner: HcaDiscovery,
    private readonly measuring: Measuring,
  ) {}

  async scan(): Promise<Inventory> {
    const since = this.measuring.clock.now();
    try {
      const inventory = await this.inner.scan();
      this.tell(since, outcomeOf(this.name, inventory), inventory.hcas.length);
      return inventory;
    } catch (error) {
      this.tell(since, 'failed', 0);
      throw error;
    }
  }

  private tell(since: number, outcome: ScanOutcome, hcas: number): void {
    const { metrics, clock } = this.measuring;
    metrics.scanned({ discovery: this.name, outcome, seconds: (clock.now() - since) / 1000, hcas });
  }
}

const moduleOutcomes: ReadonlyMap<string, ScanOutcome> = new Map([
  ['DISCOVERY_MODULE_NOT_LOADED', 'failed'],
  ['DISCOVERY_MODULE_FAILED', 'failed'],
  ['DISCOVERY_MODULE_TIMEOUT', 'slow'],
  ['DISCOVERY_MODULE_INVALID_INVENTORY', 'nonsense'],
]);

/** A module never rejects: what stands in place of its answer names it in a problem (guarded-module.ts). */
function outcomeOf(name: string, { problems }: Inventory): ScanOutcome {
  const told = problems.find(({ code, subject }) => subject === name && moduleOutcomes.has(code));
  return told === undefined ? 'good' : (moduleOutcomes.get(told.code) ?? 'good');
}
