// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { type DiscoveryWorld, discoveryWorlds } from '../support/discovery-worlds.ts';
import { livenessMs } from '../support/node-fixture.ts';
import { until } from '../support/until.ts';

jest.setTimeout(livenessMs);

/** Counts the hints of one watch. */
class HintCounter {
  count = 0;
  readonly stop: () => void;

  constructor(watch: (onHint: () => void) => () => void) {
    this.stop = watch(() => {
      this.count += 1;
    });
  }
}

describe.each(discoveryWorlds)('HcaChangeHints of %s', (_, createWorld) => {
  let world: DiscoveryWorld;
  let counters: HintCounter[] = [];
  beforeEach(() => {
    world = createWorld();
  });
  afterEach(async () => {
    for (const { stop } of counters) stop();
    counters = [];
    await world.close();
  });

  function watch(kind: keyof HcaChangeHints = 'watch'): HintCounter {
    const counter = new HintCounter((onHint) => world.hints[kind](onHint));
    counters.push(counter);
    return counter;
  }

  /** Makes a change and lets time pass until one of the counters has counted a new hint. */
  async function hinted(change: () => Promise<void>, ...watched: readonly HintCounter[]): Promise<void> {
    const total = (): number => watched.reduce((sum, { count }) => sum + count, 0);
    const before = total();
    await change();
    await until(async () => {
      await world.clock.step(200);
      return total() > before;
    });
  }

  it('gives no hint while a watch begins', () => {
    expect([watch().count, watch('watchLinks').count]).toEqual([0, 0]);
  });

  it('gives a hint after an HCA appears and after it disappears', async () => {
    const hints = watch();
    await world.discovery.scan();
    await hinted(() => world.add({ name: 'mlx5_0' }), hints);
    await hinted(() => world.remove('mlx5_0'), hints);
    expect((await world.discovery.scan()).hcas).toEqual([]);
  });

  it('gives a hint after a port goes down, from one of the two watches', async () => {
    await world.add({ name: 'mlx5_0' });
    const [hints, linkHints] = [watch(), watch('watchLinks')];
    await world.discovery.scan();
    await world.clock.step(10_000);
    await hinted(() => world.setPortState('mlx5_0', 'DOWN'), hints, linkHints);
    expect((await world.discovery.scan()).hcas[0]?.ports[0]?.state).toBe('DOWN');
  });

  it('gives at least one hint and not more hints than changes in a burst', async () => {
    const hints = watch();
    await world.discovery.scan();
    const names = Array.from({ length: 10 }, (__, index) => `mlx5_${index}`);
    await hinted(async () => {
      for (const name of names) await world.add({ name });
    }, hints);
    await world.clock.step(1_000);
    expect(hints.count).toBeLessThanOrEqual(names.length);
    expect((await world.discovery.scan()).hcas.map(({ name }) => name)).toEqual(names);
  });

  it('gives hints to every watch, and still to the second when the first has stopped', async () => {
    const [first, second] = [watch(), watch()];
    await world.discovery.scan();
    await hinted(() => world.add({ name: 'mlx5_0' }), first);
    await until(async () => {
      await world.clock.step(200);
      return second.count > 0;
    });
    first.stop();
    const stoppedAt = first.count;
    await hinted(() => world.add({ name: 'mlx5_1' }), second);
    expect(first.count).toBe(stoppedAt);
  });

  it.each(['watch', 'watchLinks'] as const)(
    'gives no hint and keeps no timer after %s has stopped, even before a pending hint',
    async (kind) => {
      await world.add({ name: 'mlx5_0' });
      await world.discovery.scan();
      const hints = watch(kind);
      await world.setPortState('mlx5_0', 'DOWN');
      await world.add({ name: 'mlx5_1' });
      hints.stop();
      hints.stop();
      const stoppedAt = hints.count;
      await world.remove('mlx5_0');
      await world.clock.step(60_000);
      expect([hints.count, world.clock.pending]).toEqual([stoppedAt, 0]);
    },
  );
});
