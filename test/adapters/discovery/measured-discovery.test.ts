// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { MeasuredDiscovery } from '#adapters/discovery/measured-discovery.ts';
import { moduleInvalid, moduleFailed, moduleTimeout } from '#adapters/discovery/module/problems.ts';
import { Observers } from '#app/status/observers.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import type { ScanMeasurement } from '#ports/observer.ts';
import { anHca, anInventory } from '../../support/hca-fixture.ts';
import { RecordedScans } from '../../support/recorded-scans.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

/** Returns the measures of one scan that takes 250 ms. */
async function measured(name: string, scan: () => Promise<Inventory>): Promise<readonly ScanMeasurement[]> {
  const [clock, observer] = [new SteppedClock(), new RecordedScans()];
  const slow = async (): Promise<Inventory> => {
    await clock.step(250);
    return await scan();
  };
  await new MeasuredDiscovery(name, { scan: slow }, { clock, observer }).scan().catch(() => {});
  return observer.measures;
}

function withProblems(...problems: readonly Problem[]): Inventory {
  return anInventory([], { problems });
}

describe('MeasuredDiscovery', () => {
  it('returns the inventory and records its size and the duration', async () => {
    const found = anInventory([anHca(0), anHca(1)]);
    const discovery = new MeasuredDiscovery(
      'sysfs',
      { scan: async () => found },
      { clock: new SteppedClock(), observer: new Observers([]) },
    );
    expect(await discovery.scan()).toBe(found);
    expect(await measured('sysfs', async () => found)).toEqual([
      { discovery: 'sysfs', result: 'success', seconds: 0.25, hcas: 2 },
    ]);
  });

  it('distinguishes an empty inventory from a failure', async () => {
    expect(await measured('sysfs', async () => anInventory([]))).toMatchObject([{ result: 'success', hcas: 0 }]);
    const broken = async (): Promise<Inventory> => Promise.reject(new Error('EIO'));
    expect(await measured('sysfs', broken)).toMatchObject([{ result: 'error', hcas: 0, seconds: 0.25 }]);
  });

  it('rejects if the discovery rejects', async () => {
    const discovery = new MeasuredDiscovery(
      'sysfs',
      { scan: async () => Promise.reject(new Error('EIO')) },
      { clock: new SteppedClock(), observer: new Observers([]) },
    );
    await expect(discovery.scan()).rejects.toThrow('EIO');
  });

  it.each([
    ['error', moduleFailed('./acme.js', 'import', 'no such file')],
    ['error', moduleFailed('./acme.js', 'scan', 'thrown')],
    ['timeout', moduleTimeout('./acme.js', 2_000)],
    ['invalid', moduleInvalid('./acme.js', 'inventory.hcas is no list')],
    ['success', moduleTimeout('./another.js', 2_000)],
    [
      'success',
      { code: 'ACME_LICENCE', actor: 'operator', subject: './acme.js', message: 'm.', remedy: 'r.' } as const,
    ],
  ])('records the result %s for a module', async (result, problem) => {
    expect(await measured('./acme.js', async () => withProblems(problem))).toMatchObject([{ result }]);
  });
});
