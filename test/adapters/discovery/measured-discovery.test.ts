// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { MeasuredDiscovery } from '#adapters/discovery/measured-discovery.ts';
import { moduleInvalid, moduleFailed, moduleTimeout } from '#adapters/discovery/module/problems.ts';
import { NullMetrics } from '#adapters/metrics/null-metrics.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import type { ScanMeasure } from '#ports/metrics.ts';
import { anHca, anInventory } from '../../support/hca-fixture.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

class KeptScans extends NullMetrics {
  readonly measures: ScanMeasure[] = [];
  override scanned(measure?: ScanMeasure): void {
    if (measure !== undefined) this.measures.push(measure);
  }
}

/** What is measured of one look that takes 250 ms. */
async function measured(name: string, scan: () => Promise<Inventory>): Promise<readonly ScanMeasure[]> {
  const [clock, metrics] = [new SteppedClock(), new KeptScans()];
  const slow = async (): Promise<Inventory> => {
    await clock.step(250);
    return await scan();
  };
  await new MeasuredDiscovery(name, { scan: slow }, { clock, metrics }).scan().catch(() => {});
  return metrics.measures;
}

function withProblems(...problems: readonly Problem[]): Inventory {
  return anInventory([], { problems });
}

describe('a measured discovery', () => {
  it('passes on what was found, and tells how many and how long it took', async () => {
    const found = anInventory([anHca(0), anHca(1)]);
    const discovery = new MeasuredDiscovery(
      'sysfs',
      { scan: async () => found },
      { clock: new SteppedClock(), metrics: new NullMetrics() },
    );
    expect(await discovery.scan()).toBe(found);
    expect(await measured('sysfs', async () => found)).toEqual([
      { discovery: 'sysfs', outcome: 'good', seconds: 0.25, hcas: 2 },
    ]);
  });

  it('tells nothing found from a failure', async () => {
    expect(await measured('sysfs', async () => anInventory([]))).toMatchObject([{ outcome: 'good', hcas: 0 }]);
    const broken = async (): Promise<Inventory> => Promise.reject(new Error('EIO'));
    expect(await measured('sysfs', broken)).toMatchObject([{ outcome: 'failed', hcas: 0, seconds: 0.25 }]);
  });

  it('passes a failure on', async () => {
    const discovery = new MeasuredDiscovery(
      'sysfs',
      { scan: async () => Promise.reject(new Error('EIO')) },
      { clock: new SteppedClock(), metrics: new NullMetrics() },
    );
    await expect(discovery.scan()).rejects.toThrow('EIO');
  });

  it.each([
    ['failed', moduleFailed('./acme.js', 'import', 'no such file')],
    ['failed', moduleFailed('./acme.js', 'scan', 'thrown')],
    ['slow', moduleTimeout('./acme.js', 2_000)],
    ['nonsense', moduleInvalid('./acme.js', 'inventory.hcas is no list')],
    ['good', moduleTimeout('./another.js', 2_000)],
    ['good', { code: 'ACME_LICENCE', actor: 'operator', subject: './acme.js', message: 'm.', remedy: 'r.' } as const],
  ])('sees that a module’s look was %s', async (outcome, problem) => {
    expect(await measured('./acme.js', async () => withProblems(problem))).toMatchObject([{ outcome }]);
  });
});
