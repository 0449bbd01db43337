// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { SysfsTree, type TreeHca } from '../../../support/sysfs-tree.ts';

let tree: SysfsTree;
beforeEach(() => {
  tree = new SysfsTree();
});
afterEach(() => tree.destroy());

async function scan(clock: Clock = new SteppedClock()): Promise<Inventory> {
  return new SysfsHcaDiscovery(new LinuxHost(tree.root, clock)).scan();
}

async function scanOne(hca: TreeHca): Promise<Hca> {
  tree.addHca(hca);
  const found = (await scan()).hcas.find(({ name }) => name === hca.name);
  if (found === undefined) throw new Error(`${hca.name} was not found.`);
  return found;
}

const netdevsOfPorts = (hca: Hca): unknown => Object.fromEntries(hca.ports.map((port) => [port.number, port.netdevs]));
const codes = (inventory: Inventory): unknown => inventory.problems.map((problem) => [problem.code, problem.subject]);

function address(portGuid: string): string {
  return `80:00:00:48:fe:80:00:00:00:00:00:00:${portGuid}`;
}

describe('SysfsHcaDiscovery: netdevs of an HCA', () => {
  const twoPorts = [{ number: 1 }, { number: 2 }];

  it('assigns all netdevs of a single-port HCA to its port, in natural order', async () => {
    const hca = await scanOne({ name: 'mlx5_0', netdevs: [{ name: 'eth10' }, { name: 'eth9', flags: '0x1002' }] });
    expect(hca.netdevs).toEqual([
      { name: 'eth9', linkType: 'ether', up: false },
      { name: 'eth10', linkType: 'ether', up: true },
    ]);
    expect(netdevsOfPorts(hca)).toEqual({ 1: ['eth9', 'eth10'] });
  });

  it('assigns the netdevs of a two-port function to ports by dev_port', async () => {
    const netdevs = [
      { name: 'eth0', devPort: 1 },
      { name: 'eth1', devPort: 0 },
    ];
    expect(netdevsOfPorts(await scanOne({ name: 'mlx4_0', ports: twoPorts, netdevs }))).toEqual({
      1: ['eth1'],
      2: ['eth0'],
    });
  });

  it.each([{}, { devPort: 0 }])(
    'assigns netdevs to ports by dev_id where the kernel sets only that (%j)',
    async (attributes) => {
      const netdevs = [
        { name: 'ib0', devId: '0x0', ...attributes },
        { name: 'ib1', devId: '0x1', ...attributes },
      ];
      expect(netdevsOfPorts(await scanOne({ name: 'mlx4_0', ports: twoPorts, netdevs }))).toEqual({
        1: ['ib0'],
        2: ['ib1'],
      });
    },
  );

  it('lists a netdev without a known port at the HCA only', async () => {
    const hca = await scanOne({
      name: 'mlx4_0',
      ports: twoPorts,
      netdevs: [{ name: 'eth0' }, { name: 'eth1', devPort: 7 }],
    });
    expect(hca.netdevs.map((netdev) => netdev.name)).toEqual(['eth0', 'eth1']);
    expect(netdevsOfPorts(hca)).toEqual({ 1: [], 2: [] });
  });

  it('prefers the gid table to dev_port', async () => {
    const ports = [
      { number: 1, gidNetdevs: ['eth0', 'eth0'] },
      { number: 2, gidNetdevs: ['', 'eth1'] },
    ];
    const netdevs = [
      { name: 'eth0', devPort: 1 },
      { name: 'eth1', devPort: 1 },
    ];
    expect(netdevsOfPorts(await scanOne({ name: 'mlx4_0', ports, netdevs }))).toEqual({ 1: ['eth0'], 2: ['eth1'] });
  });

  it('finds a netdev in the gid table that is not on the device, such as a bond', async () => {
    tree.addNetdev({ name: 'bond0' }, 'virtual');
    const hca = await scanOne({
      name: 'mlx5_bond_0',
      ports: [{ number: 1, gidNetdevs: ['bond0'] }],
      netdevs: [{ name: 'eth0' }],
    });
    expect(netdevsOfPorts(hca)).toEqual({ 1: ['bond0', 'eth0'] });
  });

  it('skips netdevs in another network namespace', async () => {
    const hca = await scanOne({ name: 'mlx5_0', ports: [{ number: 1, gidNetdevs: ['net1'] }] });
    expect([hca.netdevs, netdevsOfPorts(hca)]).toEqual([[], { 1: [] }]);
  });

  it('finds IPoIB netdevs by the port GUID in their address, wherever they are', async () => {
    tree.addNetdev({ name: 'ib1', type: 32, address: address('00:02:c9:03:00:f9:bf:a2') }, 'virtual');
    tree.addNetdev({ name: 'ib1.8001', type: 32, address: address('00:02:c9:03:00:f9:bf:a2') }, 'virtual');
    tree.addNetdev({ name: 'ib9', type: 32, address: address('00:02:c9:03:00:f9:bf:ff') }, 'virtual');
    const ports = [
      { number: 1, linkLayer: 'InfiniBand', guid: '0002:c903:00f9:bfa1' },
      { number: 2, linkLayer: 'InfiniBand', guid: '0002:c903:00f9:bfa2' },
    ];
    const hca = await scanOne({ name: 'mlx4_0', ports });
    expect(netdevsOfPorts(hca)).toEqual({ 1: [], 2: ['ib1', 'ib1.8001'] });
    expect(hca.netdevs[0]).toEqual({ name: 'ib1', linkType: 'infiniband', up: true });
  });

  it('finds the netdev of rxe by its parent file', async () => {
    const hca = await scanOne({ name: 'rxe0', device: null, softParent: 'eth3', netdevs: [{ name: 'eth3' }] });
    expect(netdevsOfPorts(hca)).toEqual({ 1: ['eth3'] });
  });

  it.each([
    ['pci0000:00/0000:00:04.0/virtio1', 'pci0000:00/0000:00:04.0/virtio1'],
    ['pci0000:00/0000:00:04.0', 'pci0000:00/0000:00:04.0/virtio1'],
    ['pci0000:00/0000:3b:00.0/mana.rdma.0', 'pci0000:00/0000:3b:00.0'],
    ['pci0000:00/0000:3b:00.0/mlx5_core.sf.4/mlx5_core.rdma.4', 'pci0000:00/0000:3b:00.0/mlx5_core.sf.4'],
    ['vmbus/47505500-0001', 'vmbus/47505500-0001'],
  ])('finds for the device %s the netdev at %s', async (device, at) => {
    expect(netdevsOfPorts(await scanOne({ name: 'mlx5_0', device, netdevs: [{ name: 'eth0', at }] }))).toEqual({
      1: ['eth0'],
    });
  });

  it('does not assign the netdevs of a physical function to its subfunction', async () => {
    tree.addHca({ name: 'mlx5_0', device: 'pci0000:00/0000:3b:00.0', netdevs: [{ name: 'eth0' }] });
    const hca = await scanOne({ name: 'mlx5_1', number: 1, device: 'pci0000:00/0000:3b:00.0/mlx5_core.sf.4' });
    expect([hca.netdevs, hca.pci?.address]).toEqual([[], '0000:3b:00.0']);
  });
});

describe('SysfsHcaDiscovery: parent device of an HCA', () => {
  it('is a virtual function if physfn points to its physical function', async () => {
    const vf = await scanOne({
      name: 'mlx5_4',
      device: 'pci0000:00/0000:3b:00.2',
      pci: { device: '0x101e\n' },
      physicalFunction: '0000:3b:00.0',
    });
    expect(vf.pci).toEqual({
      address: '0000:3b:00.2',
      vendor: '15b3',
      deviceId: '101e',
      classCode: '020000',
      functionKind: 'vf',
      physicalFunction: '0000:3b:00.0',
    });
  });

  it('is found whatever its PCI class', async () => {
    expect((await scanOne({ name: 'qib0', pci: { class: '0x0c0600\n' } })).pci?.classCode).toBe('0c0600');
  });

  it('has no NUMA node if the kernel reports -1', async () => {
    expect((await scanOne({ name: 'mlx5_0', pci: { numa_node: '-1\n' } })).numaNode).toBeNull();
  });

  it('has the driver and NUMA node of the parent if there is no PCI function', async () => {
    const hca = await scanOne({
      name: 'mana_0',
      device: 'vmbus/47505500-0001',
      driver: 'hv_netvsc',
      pci: { numa_node: '1\n' },
    });
    expect(hca).toMatchObject({ pci: null, driver: 'hv_netvsc', numaNode: 1 });
  });

  it('has no driver if none is bound', async () => {
    tree.addHca({ name: 'mlx5_0', device: 'pci0000:00/0000:3b:00.0' });
    tree.remove('sys/devices/pci0000:00/0000:3b:00.0/driver');
    expect((await scan()).hcas[0]?.driver).toBeNull();
  });
});

describe('SysfsHcaDiscovery: RDMA driver of an HCA', () => {
  const device = 'pci0000:00/0000:3b:00.0';

  it('is the driver of the auxiliary device of the function, whatever the family', async () => {
    tree.link(`sys/devices/${device}/newnic.eth.0/driver`, 'sys/bus/auxiliary/drivers/newnic.eth');
    tree.link(`sys/devices/${device}/newnic.rdma.0/driver`, 'sys/bus/auxiliary/drivers/newnic_verbs.core');
    expect(await scanOne({ name: 'new0', device, driver: 'newnic' })).toMatchObject({
      driver: 'newnic',
      rdmaDriver: 'newnic_verbs',
    });
  });

  it.each([
    ['is RDMA, whatever its name has after that', 'newnic.1af4.roce.core.3', 'newnic_roce.core', false],
    ['uses ib_core, whatever its name is', 'newnic.hca.0', 'newnic_verbs.hca', true],
  ])('is the driver of an auxiliary device that %s', async (_, name, driver, usesIbCore) => {
    const [module = ''] = driver.split('.');
    tree.link(`sys/devices/${device}/newnic.eth.0/driver`, 'sys/bus/auxiliary/drivers/newnic.eth');
    tree.link(`sys/devices/${device}/newnic.vnet.0/driver`, 'sys/bus/auxiliary/drivers/newnic_vdpa.vnet');
    tree.link(`sys/devices/${device}/${name}/driver`, `sys/bus/auxiliary/drivers/${driver}`);
    if (usesIbCore) tree.link(`sys/module/ib_core/holders/${module}`, `sys/module/${module}`);
    expect(await scanOne({ name: 'new0', device, driver: 'newnic' })).toMatchObject({ rdmaDriver: module });
  });

  it('is the driver of the function if that uses ib_core', async () => {
    tree.link('sys/module/ib_core/holders/newhca', 'sys/module/newhca');
    expect(await scanOne({ name: 'new0', device, driver: 'newhca' })).toMatchObject({ rdmaDriver: 'newhca' });
  });

  it('is null if the driver of the function is unknown and has no auxiliary device', async () => {
    expect(await scanOne({ name: 'new0', device, driver: 'newnic' })).toMatchObject({
      driver: 'newnic',
      rdmaDriver: null,
    });
  });
});

describe('SysfsHcaDiscovery: device nodes of an HCA', () => {
  it('include those of all ports, in natural order', async () => {
    const ports = [
      { number: 1, linkLayer: 'InfiniBand' },
      { number: 2, linkLayer: 'InfiniBand' },
    ];
    const hca = await scanOne({ name: 'mlx4_0', number: 1, ports, kinds: ['issm', 'umad', 'uverbs'] });
    expect(hca.deviceNodes).toEqual([
      { kind: 'uverbs', path: '/dev/infiniband/uverbs1', port: null },
      { kind: 'umad', path: '/dev/infiniband/umad10', port: 1 },
      { kind: 'umad', path: '/dev/infiniband/umad11', port: 2 },
      { kind: 'issm', path: '/dev/infiniband/issm10', port: 1 },
      { kind: 'issm', path: '/dev/infiniband/issm11', port: 2 },
      { kind: 'rdma_cm', path: '/dev/infiniband/rdma_cm', port: null },
    ]);
  });

  it('include ucm on old kernels', async () => {
    tree.write('sys/class/infiniband_cm/ucm0/ibdev', 'mlx4_0\n');
    tree.write('dev/infiniband/ucm0', '');
    const hca = await scanOne({ name: 'mlx4_0' });
    expect(hca.deviceNodes).toContainEqual({ kind: 'ucm', path: '/dev/infiniband/ucm0', port: null });
  });

  it('belong to the HCA that ibdev names, whatever their number, and to none if that HCA is not on the host', async () => {
    tree.addHca({ name: 'mlx5_0', number: 7 });
    tree.write('sys/class/infiniband_verbs/uverbs3/ibdev', 'mlx5_in_another_namespace\n');
    const inventory = await scan();
    expect(inventory.hcas.map((hca) => hca.deviceNodes[0]?.path)).toEqual(['/dev/infiniband/uverbs7']);
    expect(inventory.problems).toEqual([]);
  });

  it('do not count if they are links or directories', async () => {
    tree.addHca({ name: 'mlx5_0' });
    tree.remove('dev/infiniband/uverbs0');
    symlinkSync('../mem', join(tree.root, 'dev/infiniband/uverbs0'));
    tree.remove('dev/infiniband/umad0');
    mkdirSync(join(tree.root, 'dev/infiniband/umad0'));
    expect((await scan()).hcas[0]?.deviceNodes.map((node) => node.kind)).toEqual(['rdma_cm']);
  });

  it('are reported one by one if /dev is missing, and rdma_cm once for the host', async () => {
    tree.addHca({ name: 'mlx5_0', kinds: ['uverbs'] });
    tree.addHca({ name: 'mlx5_1', kinds: ['uverbs'], number: 1 });
    tree.remove('dev');
    const inventory = await scan();
    expect(inventory.hcas.map((hca) => hca.deviceNodes)).toEqual([[], []]);
    expect(codes(inventory)).toEqual([['DEVICE_NODE_MISSING', '/dev/infiniband']]);
    expect(inventory.problems[0]?.message).toBe(
      'Device nodes /dev/infiniband/uverbs0, /dev/infiniband/uverbs1, /dev/infiniband/rdma_cm of HCAs mlx5_0, ' +
        'mlx5_1 do not exist, but the kernel lists them.',
    );
    expect(inventory.problems[0]?.remedy).toContain('pass /dev/infiniband in from outside');
  });

  it('are named by an example in one problem if many of them do not exist', async () => {
    for (let index = 0; index < 40; index += 1) tree.addHca({ name: `mlx5_${index}`, number: index });
    tree.remove('dev');
    const { problems } = await scan();
    expect(problems.map(({ code }) => code)).toEqual(['DEVICE_NODE_MISSING']);
    expect(problems[0]?.message).toMatch(/uverbs3 and \d+ more of HCAs mlx5_0, .* more do not exist/);
    expect(`${problems[0]?.message}${problems[0]?.remedy}`.length).toBeLessThan(500);
  });

  it('without uverbs give a problem that names the module to load', async () => {
    tree.addHca({ name: 'mlx5_0', kinds: ['umad'] });
    const inventory = await scan();
    expect(codes(inventory)).toEqual([['HCA_WITHOUT_UVERBS', 'mlx5_0']]);
    expect(inventory.problems[0]?.remedy).toMatch(/modprobe ib_uverbs/);
  });
});

describe('SysfsHcaDiscovery', () => {
  it('reports a host without RDMA modules as a problem', async () => {
    tree.remove('sys/class/infiniband');
    const inventory = await scan();
    expect(inventory.hcas).toEqual([]);
    expect(inventory.problems).toEqual([
      expect.objectContaining({ code: 'RDMA_DRIVER_NOT_LOADED', actor: 'node', subject: '/sys/class/infiniband' }),
    ]);
  });

  it.each([
    ['Y\n', 'shared'],
    ['N\n', 'exclusive'],
    ['?', null],
  ])('reads the netns mode %j as %s', async (text, mode) => {
    tree.write('sys/module/ib_core/parameters/netns_mode', text);
    expect((await scan()).netnsMode).toBe(mode);
  });

  it('ignores plain files in class/infiniband and reports dangling links', async () => {
    tree.write('sys/class/infiniband/abi_version', '1\n');
    tree.link('sys/class/infiniband/scif0', 'sys/devices/scif_dma_0/infiniband/scif0');
    tree.addHca({ name: 'mlx4_0' });
    const inventory = await scan();
    expect(inventory.hcas.map((hca) => hca.name)).toEqual(['mlx4_0']);
    expect(codes(inventory)).toEqual([['RDMA_DEVICE_DANGLING', 'scif0']]);
  });

  it('reports an unreadable HCA with a problem, next to a healthy one', async () => {
    mkdirSync(join(tree.root, 'sys/class/infiniband/odd0'));
    tree.addHca({ name: 'mlx5_0' });
    const inventory = await scan();
    expect(inventory.hcas.map((hca) => hca.name)).toEqual(['mlx5_0', 'odd0']);
    expect(inventory.hcas[1]).toEqual({
      name: 'odd0',
      nodeType: null,
      nodeGuid: null,
      firmware: null,
      board: null,
      pci: null,
      subfunction: null,
      managementOnly: false,
      driver: null,
      rdmaDriver: null,
      numaNode: null,
      ports: [],
      netdevs: [],
      deviceNodes: [{ kind: 'rdma_cm', path: '/dev/infiniband/rdma_cm', port: null }],
    });
    expect(codes(inventory)).toEqual([
      ['HCA_UNREADABLE', 'odd0'],
      ['HCA_WITHOUT_UVERBS', 'odd0'],
    ]);
  });

  it('completes the scan with invalid text in any file', async () => {
    tree.addHca({ name: 'mlx5_0', netdevs: [{ name: 'eth0' }] });
    const port = 'sys/class/infiniband/mlx5_0/ports/1';
    for (const path of [`${port}/state`, `${port}/link_layer`, 'sys/class/net/eth0/type', 'sys/class/net/eth0/flags']) {
      writeFileSync(join(tree.root, path), Buffer.from([0xff, 0xfe, 0, 0x0a]));
    }
    tree.remove('sys/devices/pci0000:00/0000:3b:00.0/vendor');
    tree.write('sys/devices/pci0000:00/0000:3b:00.0/vendor/is', 'a directory');
    const [hca] = (await scan()).hcas;
    expect(hca).toMatchObject({
      name: 'mlx5_0',
      pci: { vendor: null, deviceId: '101d' },
      netdevs: [{ name: 'eth0', linkType: 'unknown', up: null }],
    });
  });

  it('yields to the event loop between HCAs', async () => {
    for (let number = 0; number < 5; number += 1) tree.addHca({ name: `mlx5_${number}`, number });
    let turns = 0;
    let scanning = true;
    const count = (): void => {
      turns += 1;
      if (scanning) setImmediate(count);
    };
    setImmediate(count);
    await scan(new SlowClock());
    scanning = false;
    expect(turns).toBeGreaterThanOrEqual(5);
  });
});

/** A clock that advances by 30 ms at each call. */
class SlowClock implements Clock {
  private time = 0;

  now(): number {
    this.time += 30;
    return this.time;
  }

  after(_delayMs: number, _run: () => void): Cancel {
    return () => undefined;
  }
}
