// SPDX-License-Identifier: Apache-2.0
import type { Inventory } from '#domain/hca/hca.ts';
import type { Clock } from '#ports/clock.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { Metrics, ScanResult } from '#ports/metrics.ts';

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
      this.tell(since, resultOf(this.name, inventory), inventory.hcas.length);
      return inventory;
    } catch (error) {
      this.tell(since, 'error', 0);
      throw error;
    }
  }

  private tell(since: number, result: ScanResult, hcas: number): void {
    const { metrics, clock } = this.measuring;
    metrics.scanFinished({ discovery: this.name, result, seconds: (clock.now() - since) / 1000, hcas });
  }
}

const moduleResults: ReadonlyMap<string, ScanResult> = new Map([
  ['DISCOVERY_MODULE_NOT_LOADED', 'error'],
  ['DISCOVERY_MODULE_FAILED', 'error'],
  ['DISCOVERY_MODULE_TIMEOUT', 'timeout'],
  ['DISCOVERY_MODULE_INVALID_INVENTORY', 'invalid'],
]);

/** A module never rejects: what stands in place of its answer names it in a problem (guarded-module.ts). */
function resultOf(name: string, { problems }: Inventory): ScanResult {
  const told = problems.find(({ code, subject }) => subject === name && moduleResults.has(code));
  return told === undefined ? 'success' : (moduleResults.get(told.code) ?? 'success');
}
