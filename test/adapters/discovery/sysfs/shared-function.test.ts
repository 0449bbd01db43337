// SPDX-License-Identifier: Apache-2.0
// RDMA devices that share a PCI function with others: devices for management, and subfunctions.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { SysfsTree, type TreeHca } from '../../../support/sysfs-tree.ts';

let tree: SysfsTree;
beforeEach(() => {
  tree = new SysfsTree();
});
afterEach(() => tree.destroy());

async function scan(): Promise<Inventory> {
  return new SysfsHcaDiscovery(new LinuxHost(tree.root, new SteppedClock())).scan();
}

const codes = (inventory: Inventory): unknown => inventory.problems.map((problem) => [problem.code, problem.subject]);

describe('SysfsHcaDiscovery: an HCA for management only', () => {
  it.each([
    ['an SMI device on the PCI function of an HCA', { device: 'pci0000:00/0000:3b:00.0', kinds: ['umad', 'issm'] }],
    ['a device with umad alone on a PCI function of its own', { kinds: ['umad'] }],
    ['a switch', { number: null, attributes: { node_type: '2: switch\n' } }],
    ['a router', { kinds: ['umad'], attributes: { node_type: '3: router\n' } }],
  ] satisfies [string, Omit<TreeHca, 'name'>][])(
    'is %s without uverbs, next to an HCA with uverbs, and that is no problem',
    async (_, management) => {
      tree.addHca({ name: 'mlx5_0', device: 'pci0000:00/0000:3b:00.0' });
      tree.addHca({ name: 'smi1', number: 1, ...management });
      const inventory = await scan();
      expect(inventory.hcas.map((hca) => [hca.name, hca.managementOnly])).toEqual([
        ['mlx5_0', false],
        ['smi1', true],
      ]);
      expect(inventory.problems).toEqual([]);
    },
  );

  it('is no HCA without any node, which is a problem', async () => {
    tree.addHca({ name: 'mlx5_0' });
    tree.addHca({ name: 'mlx5_1', number: null });
    const inventory = await scan();
    expect(inventory.hcas.map((hca) => hca.managementOnly)).toEqual([false, false]);
    expect(codes(inventory)).toEqual([['HCA_WITHOUT_UVERBS', 'mlx5_1']]);
  });

  it('is left out of the problem of HCAs without any node, which does not ask for a module that is loaded', async () => {
    tree.addHca({ name: 'mlx5_0' });
    tree.addHca({ name: 'smi1', kinds: ['umad'], number: 7 });
    for (const number of [1, 2, 3, 4, 5, 6]) tree.addHca({ name: `mlx5_${number}`, number: null });
    const inventory = await scan();
    expect(codes(inventory)).toEqual([['HCA_WITHOUT_UVERBS', '/sys/class/infiniband_verbs']]);
    expect(inventory.problems[0]?.message).toContain('HCAs mlx5_1, mlx5_2, mlx5_3, mlx5_4 and 2 more have no uverbs');
    expect(inventory.problems[0]?.remedy).not.toContain('modprobe');
  });

  it('is no HCA whose uverbs node is missing in /dev only', async () => {
    tree.addHca({ name: 'mlx5_0' });
    tree.addHca({ name: 'mlx5_1', number: 1 });
    tree.breakHca('mlx5_1');
    const inventory = await scan();
    expect(inventory.hcas.map((hca) => hca.managementOnly)).toEqual([false, false]);
    expect(codes(inventory)).toEqual([['DEVICE_NODE_MISSING', 'mlx5_1']]);
  });
});

describe('SysfsHcaDiscovery: the parent device of an HCA', () => {
  const subfunction = 'pci0000:00/0000:3b:00.0/mlx5_core.sf.4';

  it.each([
    [88, 'sfnum of the parent', subfunction, '88\n'],
    [0, 'sfnum above the parent', `${subfunction}/mlx5_core.rdma.4`, '0\n'],
    [null, 'no number in sfnum', subfunction, '?\n'],
    [null, 'no subfunction', 'pci0000:00/0000:3b:00.0', '88\n'],
  ])('is subfunction %s with %s', async (number, _, device, sfnum) => {
    tree.write(`sys/devices/${subfunction}/sfnum`, sfnum);
    tree.addHca({ name: 'mlx5_4', device });
    expect((await scan()).hcas.map((hca) => hca.subfunction)).toEqual([number]);
  });
});
