// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import { type DiscoveryWorld, discoveryWorlds } from '../support/discovery-worlds.ts';
import { livenessMs } from '../support/node-fixture.ts';
import { until } from '../support/until.ts';

jest.setTimeout(livenessMs);

/** Modules and combinations do not find extra nodes: the built-in discovery does. */
const withoutExtraNodes = new Set(['discovery module', 'CombinedDiscovery']);
const worlds = discoveryWorlds.filter(([title]) => !withoutExtraNodes.has(title));

describe.each(worlds)('ExtraNodes of %s', (_, createWorld) => {
  let world: DiscoveryWorld;
  let extraNodes: ExtraNodes;
  beforeEach(() => {
    world = createWorld();
    if (world.extraNodes === null) throw new Error('this discovery does not find extra nodes');
    extraNodes = world.extraNodes;
  });
  afterEach(() => world.close());

  it('finds nothing if nothing matches', async () => {
    expect(await extraNodes.find(['/dev/hfi1_*', '/dev/not/there*'])).toEqual([]);
  });

  it('finds each node that matches once, in natural order', async () => {
    const others = ['/dev/gdrdrv', '/dev/kvm', '/dev/deep/hfi1_3', '/dev/deep/er/x1'];
    world.setExtraNodes(['/dev/hfi1_10', '/dev/hfi1_2', ...others]);
    expect(await extraNodes.find(['/dev/hfi1_*', '/dev/gdrdrv', '/dev/hfi1_[0-9]*'])).toEqual([
      '/dev/gdrdrv',
      '/dev/hfi1_2',
      '/dev/hfi1_10',
    ]);
    expect(await extraNodes.find(['/dev/deep/*'])).toEqual(['/dev/deep/hfi1_3']);
  });

  it('finds a node that appeared and not one that disappeared', async () => {
    world.setExtraNodes(['/dev/hfi1_0']);
    expect(await extraNodes.find(['/dev/hfi1_*'])).toEqual(['/dev/hfi1_0']);
    world.setExtraNodes(['/dev/hfi1_1']);
    expect(await extraNodes.find(['/dev/hfi1_*'])).toEqual(['/dev/hfi1_1']);
  });

  it('gives a hint when a node appears or disappears, also with its directory, and none after it has stopped', async () => {
    let hints = 0;
    const stop = extraNodes.watch(['/dev/hfi1_*', '/dev/late/x*'], () => {
      hints += 1;
    });
    const hinted = async (paths: readonly string[]): Promise<void> => {
      const before = hints;
      world.setExtraNodes(paths);
      await until(() => {
        void world.clock.step(200);
        return hints > before;
      });
    };
    expect(hints).toBe(0);
    await hinted(['/dev/hfi1_0']);
    await hinted([]);
    await hinted(['/dev/late/x1']);
    stop();
    const before = hints;
    world.setExtraNodes(['/dev/hfi1_5']);
    await world.clock.step(1000);
    expect([hints, world.clock.pending]).toEqual([before, 0]);
  });
});
