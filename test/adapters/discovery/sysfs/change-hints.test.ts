// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SysfsChangeHints } from '#adapters/discovery/sysfs/change-hints.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import { until } from '../../../support/until.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { SysfsTree } from '../../../support/sysfs-tree.ts';

describe('SysfsChangeHints', () => {
  let tree: SysfsTree;
  let clock: SteppedClock;
  let hints: number;
  let stop: () => void;
  /** What the poll of the drivers alone has. */
  const idleTimers = 1;
  const start = async (): Promise<void> => {
    stop = new SysfsChangeHints(new LinuxHost(tree.root, clock)).watch(() => {
      hints += 1;
    });
    await clock.step(0);
    expect(clock.pending).toBe(idleTimers);
  };
  beforeEach(() => {
    tree = new SysfsTree();
    clock = new SteppedClock();
    hints = 0;
    stop = () => undefined;
  });
  afterEach(() => {
    stop();
    tree.destroy();
  });

  async function hinted(): Promise<void> {
    const before = hints;
    await until(() => clock.pending > idleTimers);
    // A late event must not be counted for the next change.
    while (clock.pending > idleTimers) await clock.step(200);
    expect(hints).toBeGreaterThan(before);
  }

  it('gives one hint for all nodes of a new HCA, 200 ms after the first node', async () => {
    await start();
    tree.write('dev/infiniband/uverbs0', '');
    tree.write('dev/infiniband/umad0', '');
    await until(() => clock.pending > idleTimers);
    await clock.step(199);
    expect(hints).toBe(0);
    await clock.step(1);
    expect(hints).toBe(1);
  });

  it('gives a hint when a node is removed', async () => {
    tree.write('dev/infiniband/uverbs0', '');
    await start();
    tree.remove('dev/infiniband/uverbs0');
    await hinted();
  });

  it('watches /dev/infiniband again after it was removed and created', async () => {
    await start();
    renameSync(join(tree.root, 'dev/infiniband'), join(tree.root, 'gone'));
    await hinted();
    mkdirSync(join(tree.root, 'dev/infiniband'));
    await hinted();
    tree.write('dev/infiniband/uverbs0', '');
    await hinted();
  });

  it('ignores names that are not device nodes of RDMA', async () => {
    await start();
    tree.write('dev/sda', '');
    tree.write('dev/infiniband/by-path/x', '');
    tree.write('dev/infiniband/issm3', '');
    await hinted();
    expect(clock.pending).toBe(idleTimers);
  });

  it('gives no hint and keeps no timer after it has stopped', async () => {
    await start();
    tree.write('dev/infiniband/uverbs0', '');
    await until(() => clock.pending > idleTimers);
    stop();
    tree.write('dev/infiniband/uverbs1', '');
    await clock.step(1000);
    expect([hints, clock.pending]).toEqual([0, 0]);
  });

  it('gives no hint on a host without /dev', async () => {
    tree.remove('dev');
    await start();
    await clock.step(1000);
    expect(hints).toBe(0);
  });
});
