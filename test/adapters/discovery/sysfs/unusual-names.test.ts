// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inventoryTable } from '#adapters/cli/text/inventory.ts';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { SysfsTree } from '../../../support/sysfs-tree.ts';

let tree: SysfsTree;
beforeEach(() => {
  tree = new SysfsTree();
  tree.addHca({ name: 'mlx5_0' });
});
afterEach(() => tree.destroy());

function scan(): Promise<Inventory> {
  return new SysfsHcaDiscovery(new LinuxHost(tree.root, new SteppedClock())).scan();
}

describe('SysfsHcaDiscovery: names with unusual characters', () => {
  it.each([
    'line\nbreak',
    'escape\u001b[31m',
    'csi\u009b31m',
    'comma,mlx5_9:1',
    'colon:1',
    'space bar',
    'r@1',
    'rechts\u202elinks',
    'x'.repeat(64),
  ])('reports an RDMA device %j in one line, does not offer it, and no other is affected', async (name) => {
    tree.addHca({ name, number: 1 });
    const inventory = await scan();
    expect(inventory.hcas.map((hca) => hca.name)).toEqual(['mlx5_0']);
    expect(inventory.problems.map(({ code }) => code)).toEqual(['HCA_NAME_UNUSABLE']);
    expect(JSON.stringify(inventory)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(inventoryTable(inventory, true)).not.toMatch(/[^\P{C}\n]/u);
  });

  it.each(['rocep59s0f0', 'mlx5_bond_0', 'rxe-eth0', 'a.b_c-D9'])('takes the name %s', async (name) => {
    tree.addHca({ name, number: 1 });
    expect((await scan()).hcas.map((hca) => hca.name)).toContain(name);
  });

  it('leaves out netdevs whose names contain control characters', async () => {
    tree.addHca({ name: 'mlx5_1', number: 1, netdevs: [{ name: 'eth\u001b[1m' }, { name: 'eth1' }] });
    expect((await scan()).hcas[1]?.netdevs.map(({ name }) => name)).toEqual(['eth1']);
  });

  it('shows text of a driver without its control characters in a table', async () => {
    tree.addHca({ name: 'mlx5_1', number: 1 });
    tree.write('sys/devices/pci0000:00/0000:3c:00.0/infiniband/mlx5_1/fw_ver', '28\u001b[2J.41\n');
    expect(inventoryTable(await scan(), true)).toContain('28\\u001b[2J.41');
  });
});

describe('SysfsHcaDiscovery: what is no device node', () => {
  const place = (): string => join(tree.root, 'dev/infiniband/uverbs0');

  it.each([
    ['a directory', () => mkdirSync(place())],
    ['a link', () => symlinkSync('/dev/mem', place())],
    ['a link', () => symlinkSync('nowhere', place())],
  ])('says that %s stands in its place, and does not grant it', async (what, put) => {
    tree.remove('dev/infiniband/uverbs0');
    put();
    const { hcas, problems } = await scan();
    expect(hcas[0]?.deviceNodes.map(({ kind }) => kind)).not.toContain('uverbs');
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      [
        'DEVICE_NODE_INVALID',
        `/dev/infiniband/uverbs0 is ${what}, not a character device, so containers cannot use it.`,
      ],
    ]);
  });
});
