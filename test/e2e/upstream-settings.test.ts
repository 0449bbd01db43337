// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeFixture, livenessMs } from '../support/node-fixture.ts';
import { ProgramFixture } from '../support/program-fixture.ts';
import { SysfsTree } from '../support/sysfs-tree.ts';

let node = new NodeFixture();
let host = new SysfsTree();

/** A host with two Ethernet ConnectX-5, one InfiniBand ConnectX-6 and an Intel E810 in iWARP mode. */
beforeEach(async () => {
  await node.close();
  host.destroy();
  node = new NodeFixture();
  host = new SysfsTree();
  addConnectX({ name: 'mlx5_0', number: 0, device: '0x1017', netdev: 'ens1f0', type: 1 });
  addConnectX({ name: 'mlx5_1', number: 1, device: '0x1017', netdev: 'ens1f1', type: 1 });
  addConnectX({ name: 'mlx5_2', number: 2, device: '0x101b', netdev: 'ib0', type: 32 });
  host.addHca({
    name: 'irdma0',
    number: 3,
    driver: 'ice',
    pci: { vendor: '0x8086', device: '0x159b' },
    netdevs: [{ name: 'ens9' }],
    kinds: ['uverbs'],
  });
  await node.kubelet.start();
});
afterEach(async () => {
  await node.close();
  host.destroy();
});

function addConnectX(card: { name: string; number: number; device: string; netdev: string; type: number }): void {
  host.addHca({
    name: card.name,
    number: card.number,
    driver: 'mlx5_core',
    pci: { vendor: '0x15b3', device: card.device },
    ports: [{ number: 1, linkLayer: card.type === 32 ? 'InfiniBand' : 'Ethernet' }],
    netdevs: [{ name: card.netdev, type: card.type }],
    kinds: card.type === 32 ? ['uverbs', 'umad', 'issm'] : ['uverbs', 'umad'],
  });
}

/** Starts the program as upstream is started: with no arguments other than paths. Settings may be the text itself. */
function start(
  settings: object | string,
  directories: readonly string[] = [
    ...['--device-plugins-dir', node.directories.devicePlugins],
    ...['--plugins-registry-dir', node.directories.pluginsRegistry, '--registration', 'device-plugins'],
  ],
): ProgramFixture {
  const config = join(node.directory, 'config.json');
  writeFileSync(config, typeof settings === 'string' ? settings : JSON.stringify(settings));
  const program = new ProgramFixture(['-config-file', config, '-host-root', host.root, ...directories]);
  node.onClose(async () => void (await program.end('SIGKILL')));
  return program;
}

/** Returns the device nodes that a pod gets, or the message of its rejection. */
async function grantedBy(resource: string): Promise<readonly string[]> {
  const admission = await node.kubelet.admit({
    namespace: 't',
    name: resource.replace('/', '-'),
    containers: [{ name: 'c', limits: { [resource]: 1 } }],
  });
  return admission.admitted
    ? (admission.containers[0]?.deviceNodes ?? []).map(({ hostPath }) => hostPath.replace('/dev/infiniband/', ''))
    : [admission.message];
}

async function idsOf(resource: string): Promise<readonly string[]> {
  return ((await node.kubelet.devices(resource))?.healthy ?? []).toSorted((a, b) => Number(a) - Number(b));
}

describe('settings for upstream', () => {
  it(
    'from its example offer ids 0 to N-1, and grant all nodes of all HCAs of a resource',
    async () => {
      start({
        periodicUpdateInterval: 300,
        configList: [
          {
            resourceName: 'hca_shared_devices_a',
            rdmaHcaMax: 1000,
            selectors: { vendors: ['15b3'], deviceIDs: ['1017'], ifNames: ['ens1f0', 'ens1f1'] },
          },
          {
            resourceName: 'hca_shared_devices_b',
            resourcePrefix: 'example.com',
            rdmaHcaMax: 500,
            selectors: { vendors: ['15b3'], linkTypes: ['infiniband'] },
          },
        ],
      });
      await node.reach('rdma/hca_shared_devices_a', 1000);
      await node.reach('example.com/hca_shared_devices_b', 500);
      expect(await idsOf('rdma/hca_shared_devices_a')).toEqual(Array.from({ length: 1000 }, (_, i) => String(i)));
      expect(await grantedBy('rdma/hca_shared_devices_a')).toEqual([
        'uverbs0',
        'uverbs1',
        'umad0',
        'umad10',
        'rdma_cm',
      ]);
      expect(await grantedBy('example.com/hca_shared_devices_b')).toEqual(['uverbs2', 'umad20', 'issm20', 'rdma_cm']);
    },
    livenessMs,
  );

  it(
    'from the network operator offer 63 shares of the named interfaces',
    async () => {
      start({
        configList: [
          {
            resourceName: 'rdma_shared_device_a',
            rdmaHcaMax: 63,
            selectors: { vendors: ['15b3'], deviceIDs: [], drivers: [], ifNames: ['ens1f0'], linkTypes: [] },
          },
        ],
      });
      await node.reach('rdma/rdma_shared_device_a', 63);
      expect(await grantedBy('rdma/rdma_shared_device_a')).toEqual(['uverbs0', 'umad0', 'rdma_cm']);
    },
    livenessMs,
  );

  it(
    'with strings in place of lists, as in the spiderpool documentation, are accepted with a warning',
    async () => {
      const program = start({
        periodicUpdateInterval: 300,
        configList: [
          {
            resourcePrefix: 'spidernet.io',
            resourceName: 'hca_shared_devices',
            rdmaHcaMax: 500,
            selectors: { vendors: '15b3', deviceIDs: '1017' },
          },
        ],
      });
      await node.reach('spidernet.io/hca_shared_devices', 500);
      expect(await grantedBy('spidernet.io/hca_shared_devices')).toEqual([
        'uverbs0',
        'uverbs1',
        'umad0',
        'umad10',
        'rdma_cm',
      ]);
      expect(program.log.match(/WARNING .*(vendors|deviceIDs)/g)).toHaveLength(2);
    },
    livenessMs,
  );

  it(
    'in the deprecated form select by interface',
    async () => {
      start({ configList: [{ resourceName: 'old', rdmaHcaMax: 2, devices: ['ib0'] }] });
      await node.reach('rdma/old', 2);
      expect(await grantedBy('rdma/old')).toEqual(['uverbs2', 'umad20', 'issm20', 'rdma_cm']);
    },
    livenessMs,
  );

  it(
    'with resources that the kubelet rejects offer all others, and log an error for each',
    async () => {
      const program = start({
        configList: [
          { resourceName: 'cards', resourcePrefix: 'lab_7', rdmaHcaMax: 9, selectors: { ifNames: ['ens1f0'] } },
          { resourceName: 'fabric', rdmaHcaMax: 3, selectors: { linkTypes: ['infiniband'] } },
          { resourceName: 'all', rdmaHcaMax: 500_000, selectors: { vendors: ['15b3'] } },
        ],
      });
      await node.reach('rdma/fabric', 3);
      expect(await grantedBy('rdma/fabric')).toEqual(['uverbs2', 'umad20', 'issm20', 'rdma_cm']);
      const { status, err } = await program.end();
      expect(status).toBe(0);
      expect(err.match(/ ERROR .*/g)).toEqual([
        expect.stringContaining('configList[0].resourcePrefix is "lab_7"'),
        expect.stringContaining('configList[2].rdmaHcaMax is 500000'),
      ]);
    },
    livenessMs,
  );

  it(
    'with keys that are set again are read as Go reads them',
    async () => {
      start(
        '{"configList": [{"resourceName": "port", "rdmaHcaMax": 6, "rdmaHcaMax": null, "selectors": ' +
          '{"deviceIDs": ["1017"]}, "selectors": {"ifNames": ["ens1f1", "ib0"]}, "selectors": null}]}',
      );
      await node.reach('rdma/port', 6);
      expect(await grantedBy('rdma/port')).toEqual(['uverbs1', 'umad10', 'rdma_cm']);
    },
    livenessMs,
  );

  it(
    'with keys of other programs keep their resources',
    async () => {
      const program = start({
        configList: [
          { resourceName: 'one', rdmaHcaMax: 2, devices: ['ib0'], selectors: { pciAddresses: ['0000:ff:00.0'] } },
          { resourceName: 'two', rdmaHcaMax: 2, selectors: { vendors: ['8086'] }, env: ['A=b'], topology: 'ring' },
        ],
      });
      await node.reach('rdma/one', 2);
      await node.reach('rdma/two', 2);
      expect(await grantedBy('rdma/one')).toEqual(['uverbs2', 'umad20', 'issm20', 'rdma_cm']);
      expect(program.log.match(/CONFIG_KEY_IGNORED/g)).toHaveLength(3);
    },
    livenessMs,
  );

  it(
    'are served under another root directory of the kubelet',
    async () => {
      start({ configList: [{ resourceName: 'a', rdmaHcaMax: 2, selectors: { ifNames: ['ib0'] } }] }, [
        `-kubelet-root-dir=${node.directory}/`,
        '-use-cdi',
        'false',
      ]);
      await node.reach('rdma/a', 2);
      expect(node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'can select a card that only has a uverbs node, unlike with upstream',
    async () => {
      start({ configList: [{ resourceName: 'intel', rdmaHcaMax: 2, selectors: { drivers: ['ice'] } }] });
      await node.reach('rdma/intel', 2);
      expect(await grantedBy('rdma/intel')).toEqual(['uverbs3', 'rdma_cm']);
    },
    livenessMs,
  );
});
