// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { linkPollMs } from '#adapters/discovery/sysfs/driver/link-poll.ts';
import { SysfsChangeHints } from '#adapters/discovery/sysfs/change-hints.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { SysfsTree } from '../../../support/sysfs-tree.ts';

const state = 'sys/class/infiniband/mlx5_0/ports/1/state';

describe('SysfsChangeHints: poll of port states', () => {
  let tree: SysfsTree;
  let clock: SteppedClock;
  let hints: number;
  let stop: () => void;
  beforeEach(async () => {
    tree = new SysfsTree();
    tree.addHca({ name: 'mlx5_0', ports: [{ number: 1, state: '4: ACTIVE' }] });
    clock = new SteppedClock();
    hints = 0;
    stop = new SysfsChangeHints(new LinuxHost(tree.root, clock)).watchLinks(() => {
      hints += 1;
    });
    await clock.step(0);
  });
  afterEach(() => {
    stop();
    tree.destroy();
  });

  it('gives no hint while no state changes', async () => {
    await clock.step(10 * linkPollMs);
    expect([hints, clock.pending]).toEqual([0, 1]);
  });

  it.each([
    ['a port goes down', () => tree.write(state, '1: DOWN\n')],
    ['a state becomes unreadable', () => tree.remove(state)],
    ['an HCA appears', () => tree.addHca({ name: 'mlx5_1', number: 1 })],
  ])('gives one hint when %s', async (_, change) => {
    change();
    await clock.step(linkPollMs);
    expect(hints).toBe(1);
    await clock.step(5 * linkPollMs);
    expect(hints).toBe(1);
  });

  it('gives no hint and keeps no timer after it has stopped', async () => {
    tree.write(state, '1: DOWN\n');
    stop();
    await clock.step(5 * linkPollMs);
    expect([hints, clock.pending]).toEqual([0, 0]);
  });
});
