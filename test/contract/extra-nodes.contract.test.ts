// SPDX-License-Identifier: Apache-2.0
import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { DevExtraNodes } from '#adapters/discovery/sysfs/extra-nodes.ts';
import { FakeExtraNodes } from '#adapters/discovery/fake/hca-discovery.ts';
import { FakeHost } from '#adapters/discovery/fake/host.ts';
import { FileFakeHcaDiscovery } from '#adapters/discovery/fake/file-hca-discovery.ts';
import { HostRoot } from '#adapters/host/host-root.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import { until } from '../support/hosts-liveness.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { SysfsTree } from '../support/sysfs-tree.ts';

interface NodesWorld {
  readonly extraNodes: ExtraNodes;
  readonly clock: SteppedClock;
  /** Makes exactly these extra nodes be there. */
  readonly hold: (paths: readonly string[]) => void;
  readonly close: () => Promise<void>;
}

async function devWorld(): Promise<NodesWorld> {
  const tree = new SysfsTree();
  const clock = new SteppedClock();
  let held: readonly string[] = [];
  return {
    extraNodes: new DevExtraNodes({ root: HostRoot.at(tree.root), clock }),
    clock,
    hold: (paths) => {
      for (const path of held) if (!paths.includes(path)) rmSync(join(tree.root, path));
      for (const path of paths) if (!held.includes(path)) tree.write(path.slice(1), '');
      held = paths;
    },
    close: async () => tree.destroy(),
  };
}

async function fakeWorld(): Promise<NodesWorld> {
  const host = new FakeHost();
  return {
    extraNodes: new FakeExtraNodes(host),
    clock: new SteppedClock(),
    hold: (paths) => host.setExtraNodes(paths),
    close: async () => undefined,
  };
}

async function fileFakeWorld(): Promise<NodesWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'rdma-fake-'));
  const file = join(folder, 'hcas.yaml');
  const clock = new SteppedClock();
  const hold = (extraNodes: readonly string[]): void => writeFileSync(file, JSON.stringify({ hcas: [], extraNodes }));
  hold([]);
  return {
    extraNodes: new FileFakeHcaDiscovery({ file, parseYaml: parse, clock }).extraNodes,
    clock,
    hold,
    close: () => rm(folder, { recursive: true }),
  };
}

describe.each([
  ['DevExtraNodes', devWorld],
  ['FakeExtraNodes', fakeWorld],
  ['FileFakeHcaDiscovery', fileFakeWorld],
])('ExtraNodes: %s', (_, makeWorld) => {
  async function inWorld(run: (world: NodesWorld) => Promise<void>): Promise<void> {
    const world = await makeWorld();
    try {
      await run(world);
    } finally {
      await world.close();
    }
  }

  it('finds nothing where nothing is', () =>
    inWorld(async ({ extraNodes }) => {
      expect(await extraNodes.find(['/dev/hfi1_*', '/dev/not/there*'])).toEqual([]);
    }));

  it('finds what matches, each once, in natural order', () =>
    inWorld(async ({ extraNodes, hold }) => {
      hold(['/dev/hfi1_10', '/dev/hfi1_2', '/dev/gdrdrv', '/dev/kvm', '/dev/deep/hfi1_3', '/dev/deep/er/x1']);
      expect(await extraNodes.find(['/dev/hfi1_*', '/dev/gdrdrv', '/dev/hfi1_[0-9]*'])).toEqual([
        '/dev/gdrdrv',
        '/dev/hfi1_2',
        '/dev/hfi1_10',
      ]);
      expect(await extraNodes.find(['/dev/deep/*'])).toEqual(['/dev/deep/hfi1_3']);
    }));

  it('sees nodes come and go', () =>
    inWorld(async ({ extraNodes, hold }) => {
      hold(['/dev/hfi1_0']);
      expect(await extraNodes.find(['/dev/hfi1_*'])).toEqual(['/dev/hfi1_0']);
      hold(['/dev/hfi1_1']);
      expect(await extraNodes.find(['/dev/hfi1_*'])).toEqual(['/dev/hfi1_1']);
    }));

  it('hints when one comes or goes, in a directory that comes with it too, and not after it was told to stop', () =>
    inWorld(async ({ extraNodes, clock, hold }) => {
      let hints = 0;
      const stop = extraNodes.watch(['/dev/hfi1_*', '/dev/late/x*'], () => {
        hints += 1;
      });
      const hinted = async (paths: readonly string[]): Promise<void> => {
        const before = hints;
        hold(paths);
        await until(() => {
          void clock.step(200);
          return hints > before;
        });
      };
      expect(hints).toBe(0);
      await hinted(['/dev/hfi1_0']);
      await hinted([]);
      await hinted(['/dev/late/x1']);
      stop();
      const before = hints;
      hold(['/dev/hfi1_5']);
      await clock.step(1000);
      expect([hints, clock.pending]).toEqual([before, 0]);
    }));
});

describe('DevExtraNodes', () => {
  it('takes neither directories nor links for nodes, since a link may lead to the disks', async () => {
    const tree = new SysfsTree();
    tree.write('dev/sda', '');
    tree.link('dev/hfi1_0', 'dev/sda');
    tree.write('dev/hfi1_1/inside', '');
    tree.write('dev/hfi1_2', '');
    const extraNodes = new DevExtraNodes({ root: HostRoot.at(tree.root), clock: new SteppedClock() });
    expect(await extraNodes.find(['/dev/hfi1_*'])).toEqual(['/dev/hfi1_2']);
    tree.destroy();
  });
});
