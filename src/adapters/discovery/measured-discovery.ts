// SPDX-License-Identifier: Apache-2.0
import type { Inventory } from '#domain/hca/hca.ts';
import type { Clock } from '#ports/clock.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { Observer, ScanResult } from '#ports/observer.ts';

/** The dependencies for measuring scans. */
export interface Measuring {
  readonly observer: Observer;
  readonly clock: Clock;
}

/** Measures the scans of a discovery, so that no adapter has to. `name` identifies the discovery in observer. */
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
      this.record(startedAt, resultOf(this.name, inventory), inventory.hcas.length);
      return inventory;
    } catch (error) {
      this.record(startedAt, 'error', 0);
      throw error;
    }
  }

  private record(startedAt: number, result: ScanResult, hcas: number): void {
    const { observer, clock } = this.measuring;
    observer.scanFinished({ discovery: this.name, result, seconds: (clock.now() - startedAt) / 1000, hcas });
  }
}

const moduleResults: ReadonlyMap<string, ScanResult> = new Map([
  ['DISCOVERY_MODULE_NOT_LOADED', 'error'],
  ['DISCOVERY_MODULE_FAILED', 'error'],
  ['DISCOVERY_MODULE_TIMEOUT', 'timeout'],
  ['DISCOVERY_MODULE_INVALID_INVENTORY', 'invalid'],
]);

/** A module never rejects: without a valid inventory it reports a problem about itself (guarded-module.ts). */
function resultOf(name: string, { problems }: Inventory): ScanResult {
  const failure = problems.find(({ code, subject }) => subject === name && moduleResults.has(code));
  return moduleResults.get(failure?.code ?? '') ?? 'success';
}
