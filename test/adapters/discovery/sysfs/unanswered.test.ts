// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SysfsChangeHints } from '#adapters/discovery/sysfs/change-hints.ts';
import { answerPollMs } from '#adapters/discovery/sysfs/driver/link-poll.ts';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { answerMs } from '#adapters/host/driver-reads.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import { HeldReads } from '../../../support/held-reads.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { SysfsTree } from '../../../support/sysfs-tree.ts';

let tree: SysfsTree;
let clock: SteppedClock;
let reads: HeldReads;
let host: LinuxHost;
let discovery: SysfsHcaDiscovery;
beforeEach(() => {
  tree = new SysfsTree();
  clock = new SteppedClock();
  reads = new HeldReads(textOf);
  host = new LinuxHost(tree.root, clock, reads.read);
  discovery = new SysfsHcaDiscovery(host);
});
afterEach(() => tree.destroy());

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

async function scan(): Promise<Inventory> {
  const scanning = discovery.scan();
  // Two waits at most: for the drivers of HCAs, and for the netdevs.
  await clock.step(2 * answerMs);
  return await scanning;
}

function hcaOf({ hcas }: Inventory, name: string): Hca {
  const hca = hcas.find((one) => one.name === name);
  if (hca === undefined) throw new Error(`${name} was not found`);
  return hca;
}

describe('SysfsHcaDiscovery: HCAs whose drivers do not answer', () => {
  beforeEach(() => {
    tree.addHca({ name: 'mlx5_0', ports: [{ number: 1, state: '4: ACTIVE', linkLayer: 'InfiniBand' }] });
    tree.addHca({ name: 'mlx5_1', number: 1, ports: [{ number: 1, state: '4: ACTIVE', linkLayer: 'Ethernet' }] });
  });

  it.each(['ports/1/state', 'ports/1/phys_state', 'ports/1/rate', 'ports/1/gids/0', 'fw_ver', 'board_id'])(
    'reports the HCA whose %s is stuck, and no other',
    async (attribute) => {
      const before = await scan();
      reads.hold(`infiniband/mlx5_0/${attribute}`);
      const { hcas, problems } = await scan();
      expect(hcas.map(({ name, unanswered }) => [name, unanswered?.endsWith(`mlx5_0/${attribute}`)])).toEqual([
        ['mlx5_0', true],
        ['mlx5_1', undefined],
      ]);
      expect(problems.map(({ code, subject }) => [code, subject])).toEqual([['HCA_SCAN_STUCK', 'mlx5_0']]);
      expect(hcas[1]).toEqual(before.hcas[1]);
    },
  );

  it('keeps what lasts, and does not repeat the state of ports', async () => {
    const before = hcaOf(await scan(), 'mlx5_0');
    reads.hold('mlx5_0/ports/1/state');
    const { unanswered, ...hca } = hcaOf(await scan(), 'mlx5_0');
    expect(unanswered).toMatch(/^\/sys\/.*\/infiniband\/mlx5_0\/ports\/1\/state$/);
    const ports = before.ports.map((port) => ({ ...port, state: null, physState: null, rate: null }));
    expect(hca).toEqual({ ...before, ports });
  });

  it('reports an HCA that has never answered, with what is in memory of the kernel', async () => {
    reads.hold('mlx5_1/fw_ver');
    const { pci, nodeGuid, ports, deviceNodes } = hcaOf(await scan(), 'mlx5_1');
    expect(pci?.vendor).toBe('15b3');
    expect([nodeGuid, deviceNodes.length]).not.toContain(null);
    expect(ports).toEqual([
      { number: 1, state: null, physState: null, linkLayer: 'Ethernet', rate: null, netdevs: [], hasGid: false },
    ]);
  });

  it('reports all as before when the driver answers again', async () => {
    const before = await scan();
    reads.hold('mlx5_0/ports/1/rate');
    await scan();
    reads.release();
    await clock.step(0);
    expect(await scan()).toEqual(before);
  });

  it('does not take what another device answered under the same name', async () => {
    await scan();
    tree.remove('sys/class/infiniband/mlx5_0');
    tree.addHca({ name: 'mlx5_0', number: 7, ports: [{ number: 1, state: '4: ACTIVE', linkLayer: 'Ethernet' }] });
    reads.hold('mlx5_0/fw_ver');
    expect(hcaOf(await scan(), 'mlx5_0').firmware).toBeNull();
  });
});

describe('SysfsHcaDiscovery: locks of the network stack', () => {
  beforeEach(() => {
    const netdevs = [
      { name: 'ens1', physPortName: 'p0' },
      { name: 'ens1r0', physPortName: 'pf0vf0' },
    ];
    tree.addHca({ name: 'mlx5_0', netdevs });
  });

  it('keeps the netdevs of the last scan while phys_port_name is stuck', async () => {
    const before = await scan();
    reads.hold('/phys_port_name');
    const { hcas, problems } = await scan();
    expect(hcas).toEqual(before.hcas);
    expect(problems.map(({ code }) => code)).toEqual(['NETDEVS_SCAN_STUCK']);
  });

  it('reports the HCA as unanswered if its netdevs were never known', async () => {
    reads.hold('/phys_port_name');
    expect((await scan()).problems.map(({ code }) => code)).toEqual(['HCA_SCAN_STUCK']);
  });
});

describe('SysfsChangeHints: drivers that do not answer', () => {
  let hints: number;
  let stop: () => void;
  beforeEach(async () => {
    tree.addHca({ name: 'mlx5_0', ports: [{ number: 1, state: '4: ACTIVE' }] });
    hints = 0;
    stop = new SysfsChangeHints(host).watch(() => {
      hints += 1;
    });
    await clock.step(0);
  });
  afterEach(() => stop());

  it('gives a hint within 15 s when a driver stops answering, and one when it answers again', async () => {
    reads.hold('mlx5_0/ports/1/state');
    await clock.step(answerPollMs + answerMs);
    expect(hints).toBe(1);
    await clock.step(3 * answerPollMs);
    expect(hints).toBe(1);
    reads.release();
    await clock.step(0);
    expect(hints).toBe(2);
  });
});
