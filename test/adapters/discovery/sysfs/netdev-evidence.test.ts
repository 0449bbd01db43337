// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { SysfsTree, type TreeHca, type TreeNetdev } from '../../../support/sysfs-tree.ts';

let tree: SysfsTree;
beforeEach(() => {
  tree = new SysfsTree();
});
afterEach(() => tree.destroy());

async function scan(): Promise<Inventory> {
  return new SysfsHcaDiscovery(new LinuxHost(tree.root, new SteppedClock())).scan();
}

/** Returns the names of the netdevs of each HCA, by its name. */
async function netdevs(): Promise<Readonly<Record<string, string>>> {
  const { hcas } = await scan();
  return Object.fromEntries(hcas.map((hca) => [hca.name, hca.netdevs.map(({ name }) => name).join(' ')]));
}

function roce(number: number, netdev: TreeNetdev, change: Partial<TreeHca> = {}): void {
  tree.addHca({ name: `roce${number}`, number, netdevs: [netdev], ...change });
}

function infiniband(number: number, guid: string, netdev: TreeNetdev): void {
  const ports = [{ number: 1, linkLayer: 'InfiniBand', guid }];
  const address = `80:00:00:48:fe:80:00:00:00:00:00:00:${guid.replaceAll(':', '').match(/../g)?.join(':')}`;
  tree.addHca({ name: `ib${number}`, number, ports, netdevs: [{ type: 32, address, ...netdev }] });
}

describe('The netdevs of an HCA by their masters', () => {
  it('include the bond that they are in, also if netdevs of other HCAs are in it', async () => {
    tree.addMaster('bonding', { name: 'bond7' });
    roce(0, { name: 'eno1', master: 'bond7' });
    roce(1, { name: 'eno2' });
    roce(2, { name: 'eno3', master: 'bond7' });
    expect(await netdevs()).toEqual({ roce0: 'bond7 eno1', roce1: 'eno2', roce2: 'bond7 eno3' });
  });

  it('include the bridge over their bond', async () => {
    tree.addMaster('bridge', { name: 'br-storage' });
    tree.addMaster('bonding', { name: 'team0', master: 'br-storage' });
    roce(0, { name: 'eno1', master: 'team0' });
    expect(await netdevs()).toEqual({ roce0: 'br-storage eno1 team0' });
  });

  it('include the bond of IPoIB netdevs, whichever is active', async () => {
    tree.addMaster('bonding', { name: 'bond0', type: 32 });
    infiniband(0, 'a088:c203:005b:1000', { name: 'ibp1', master: 'bond0' });
    infiniband(1, 'a088:c203:005b:2000', { name: 'ibp2', master: 'bond0' });
    expect(await netdevs()).toEqual({ ib0: 'bond0 ibp1', ib1: 'bond0 ibp2' });
  });

  it('do not include other masters, such as VRFs and the one of Open vSwitch', async () => {
    tree.addMaster(null, { name: 'ovs-system' });
    roce(0, { name: 'eno1', master: 'ovs-system' });
    expect(await netdevs()).toEqual({ roce0: 'eno1' });
  });

  it('end where masters form a loop', async () => {
    tree.addMaster('bridge', { name: 'br0', master: 'br1' });
    tree.addMaster('bridge', { name: 'br1', master: 'br0' });
    roce(0, { name: 'eno1', master: 'br0' });
    expect(await netdevs()).toEqual({ roce0: 'br0 br1 eno1' });
  });
});

describe('The netdevs of an HCA by its port GUID', () => {
  it('are those of its own function only, if several functions have the GUID', async () => {
    infiniband(0, '0000:00ff:fe00:0000', { name: 'ibv0' });
    infiniband(1, '0000:00ff:fe00:0000', { name: 'ibv1' });
    expect(await netdevs()).toEqual({ ib0: 'ibv0', ib1: 'ibv1' });
  });

  it('include virtual ones, such as partitions, if no other HCA has the GUID', async () => {
    const address = '80:00:00:48:fe:80:00:00:00:00:00:00:a0:88:c2:03:00:5b:10:00';
    tree.addNetdev({ name: 'ibp1.8001', type: 32, address }, 'virtual');
    infiniband(0, 'a088:c203:005b:1000', { name: 'ibp1' });
    expect(await netdevs()).toEqual({ ib0: 'ibp1 ibp1.8001' });
    infiniband(1, 'a088:c203:005b:1000', { name: 'ibp2' });
    expect(await netdevs()).toEqual({ ib0: 'ibp1', ib1: 'ibp2' });
  });

  it('do not include those of another function', async () => {
    infiniband(0, 'a088:c203:005b:1000', { name: 'ibp1', at: 'pci0000:00/0000:70:00.0' });
    expect(await netdevs()).toEqual({ ib0: '' });
  });
});

describe('The representors on the function of an HCA', () => {
  const onUplink = [
    { name: 'eth10', physPortName: 'pf0vf1' },
    { name: 'eth9', physPortName: 'pf0vf0' },
    { name: 'ens1f0np0', physPortName: 'p0' },
  ];

  it('are listed apart from its netdevs', async () => {
    tree.addHca({ name: 'roce0', netdevs: onUplink });
    expect((await scan()).hcas).toMatchObject([{ netdevs: [{ name: 'ens1f0np0' }], representors: ['eth9', 'eth10'] }]);
  });

  it('do not include those with a port of their own', async () => {
    const ports = [
      { number: 1, gidNetdevs: ['ens1f0np0'] },
      { number: 2, gidNetdevs: ['eth9'] },
    ];
    tree.addHca({ name: 'roce0', netdevs: onUplink, ports });
    expect((await scan()).hcas).toMatchObject([
      { netdevs: [{ name: 'ens1f0np0' }, { name: 'eth9' }], representors: ['eth10'] },
    ]);
  });

  it('are of no HCA if several are on the function', async () => {
    const device = 'pci0000:00/0000:3b:00.0';
    tree.addHca({ name: 'roce0', netdevs: onUplink, ports: [{ number: 1, gidNetdevs: ['ens1f0np0'] }] });
    tree.addHca({ name: 'roce1', number: 1, device, ports: [{ number: 1, gidNetdevs: ['eth9'] }] });
    expect((await scan()).hcas.map(({ representors }) => representors)).toEqual([undefined, undefined]);
  });
});

describe('The netdevs of an HCA by its GID table', () => {
  it('do not include the netdev of another HCA, whose name a netdev in a pod also has', async () => {
    roce(0, { name: 'eth0' });
    tree.addHca({ name: 'roce1', number: 1, ports: [{ number: 1, gidNetdevs: ['eth0'] }] });
    expect(await netdevs()).toEqual({ roce0: 'eth0', roce1: '' });
  });

  it('include the netdev of a function without RDMA', async () => {
    tree.addNetdev({ name: 'ens192' }, 'pci0000:00/0000:0b:00.0');
    tree.addHca({ name: 'pvrdma0', number: 1, ports: [{ number: 1, gidNetdevs: ['ens192'] }] });
    expect(await netdevs()).toEqual({ pvrdma0: 'ens192' });
  });

  it('include the netdev below a soft device, whichever function it is on', async () => {
    roce(0, { name: 'eth0' });
    tree.addHca({ name: 'rxe0', number: 1, device: null, ports: [{ number: 1, gidNetdevs: ['eth0'] }] });
    expect(await netdevs()).toEqual({ roce0: 'eth0', rxe0: 'eth0' });
  });
});
