// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { describeIdleFunction } from '#domain/hca/idle-function.ts';
import { SysfsTree } from '../../../support/sysfs-tree.ts';

let tree: SysfsTree;
let discovery: SysfsHcaDiscovery;
beforeEach(() => {
  tree = new SysfsTree();
  discovery = new SysfsHcaDiscovery(new LinuxHost(tree.root, new SystemClock()));
});
afterEach(() => tree.destroy());

async function found(): Promise<readonly string[]> {
  return ((await discovery.scan()).idleFunctions ?? []).map(describeIdleFunction);
}

describe('PCI functions without an RDMA device', () => {
  it('are found if no driver is bound to them', async () => {
    tree.addHca({ name: 'mlx5_0', device: 'pci0000:16/0000:17:00.0' });
    tree.addFunction({ at: 'pci0000:5d/0000:5e:00.0', vendor: '0x15b3', device: '0x1021', class: '0x020700' });
    expect(await found()).toEqual([
      'PCI function 0000:5e:00.0 (15b3:1021) has no driver bound, and therefore no RDMA device',
    ]);
  });

  it.each([
    ['mlx5_core', 'mlx5_core.rdma.3', 'mlx5_ib'],
    ['ice', 'ice.roce.0', 'irdma'],
    ['bnxt_en', 'bnxt_en.rdma.1', 'bnxt_re'],
    ['idpf', 'idpf.8086.rdma.core.0', 'its RDMA module'],
  ])('are found if no module takes the auxiliary device for RDMA of %s', async (driver, auxiliary, module) => {
    tree.addFunction({ at: 'pci0000:16/0000:17:00.0', driver, auxiliary: { [auxiliary]: null } });
    expect(await found()).toEqual([
      `PCI function 0000:17:00.0 (15b3:101d, driver ${driver}) has no RDMA device: ${module} is not loaded for it`,
    ]);
  });

  it.each(['mlx4_core', 'mlx5_core'])('are found on kernels without auxiliary devices for %s', async (driver) => {
    tree.addFunction({ at: 'pci0000:16/0000:17:00.0', driver });
    expect(await found()).toHaveLength(1);
    tree.write(`sys/module/${driver.replace('core', 'ib')}/refcnt`, '0\n');
    expect(await found()).toEqual([]);
  });

  it('are found if the RDMA module registered nothing', async () => {
    const auxiliary = { 'mlx5_core.eth.0': 'mlx5_core.eth', 'mlx5_core.rdma.0': 'mlx5_ib.rdma' };
    tree.addFunction({ at: 'pci0000:16/0000:17:00.0', driver: 'mlx5_core', auxiliary });
    expect(await found()).toEqual([
      'PCI function 0000:17:00.0 (15b3:101d, driver mlx5_core) has no RDMA device, although mlx5_ib is loaded',
    ]);
  });

  it.each([
    ['a network card without RDMA', { driver: 'igb', vendor: '0x8086', device: '0x1533' }],
    ['a card that a virtual machine has', { driver: 'vfio-pci' }],
    ['a virtual function without a driver', { physicalFunction: '0000:17:00.0' }],
    ['a disk', { class: '0x010802' }],
    ['the second function of a bond', { driver: 'mlx5_core', auxiliary: { 'mlx5_core.rdma-rep.1': 'mlx5_ib.rep' } }],
    ['the second port of one RDMA device', { driver: 'mlx5_core', auxiliary: { 'mlx5_core.multiport.1': 'mlx5_ib' } }],
  ])('do not include %s', async (_, pciFunction) => {
    tree.write('sys/module/mlx5_ib/refcnt', '0\n');
    tree.addFunction({ at: 'pci0000:16/0000:17:00.1', ...pciFunction });
    expect(await found()).toEqual([]);
  });

  it('do not include the functions of a bond that sysfs does not link to them', async () => {
    tree.addHca({ name: 'mlx5_bond_0', device: null });
    const auxiliary = { 'mlx5_core.rdma.0': 'mlx5_ib.rdma' };
    tree.addFunction({ at: 'pci0000:16/0000:17:00.0', driver: 'mlx5_core', auxiliary });
    expect(await found()).toEqual([]);
  });

  it('are not judged in exclusive mode, in which a pod may have the RDMA device', async () => {
    tree.addFunction({ at: 'pci0000:16/0000:17:00.0' });
    tree.write('sys/module/ib_core/parameters/netns_mode', 'N\n');
    expect(await found()).toEqual([]);
  });

  it('appear and disappear with their driver', async () => {
    tree.addFunction({ at: 'pci0000:16/0000:17:00.0' });
    expect(await found()).toHaveLength(1);
    tree.addHca({ name: 'mlx5_0', device: 'pci0000:16/0000:17:00.0' });
    expect(await found()).toEqual([]);
    tree.removeHca('mlx5_0');
    expect(await found()).toEqual([]);
    tree.addFunction({ at: 'pci0000:16/0000:17:00.0' });
    expect(await found()).toHaveLength(1);
  });

  it('have their NUMA node and network interfaces', async () => {
    const at = 'pci0000:16/0000:17:00.0';
    tree.addFunction({ at, driver: 'mlx5_core', numaNode: '1\n' });
    for (const name of ['ens10f0', 'ens2f0']) tree.addNetdev({ name }, at);
    const [idle] = (await discovery.scan()).idleFunctions ?? [];
    expect(idle).toMatchObject({ numaNode: 1, netdevs: ['ens2f0', 'ens10f0'], rdmaModule: 'mlx5_ib' });
  });
});
