// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { livenessMs } from '../../../support/node-fixture.ts';
import { capturedHosts, fixtureFile, removeHosts, unpackArchive, unpackHost } from '../../../support/hosts-fixture.ts';

// UPDATE_EXPECTED=1 in the environment rewrites each inventory.json from the scan. Review the difference.
const updateExpected = process.env['UPDATE_EXPECTED'] === '1';

afterAll(removeHosts);

describe('SysfsHcaDiscovery on hosts captured from real kernels', () => {
  it('has a fixture for each captured host, and no other', async () => {
    const folders = await readdir(dirname(dirname(fixtureFile('any', 'inventory.json'))));
    expect(folders.toSorted()).toEqual([...capturedHosts]);
  });

  it.each(capturedHosts)('finds the inventory of %s that was verified by hand', async (name) => {
    const found = await scan(await unpackHost(name));
    const file = fixtureFile(name, 'inventory.json');
    if (updateExpected) await writeFile(file, `${JSON.stringify(found, null, 2)}\n`);
    const expected: unknown = JSON.parse(await readFile(file, 'utf8'));
    expect(found).toEqual(expected);
  });

  it.each(capturedHosts)('finds the ports, states and netdevs of %s that `rdma link` printed there', async (name) => {
    const root = await unpackHost(name);
    const printed = await readFile(join(root, 'MANIFEST.txt'), 'utf8');
    const links = [...printed.matchAll(/^link (\S+)\/(\d+) state (\S+) physical_state \S+ netdev (\S+)/gm)];
    const wanted = links.map(([, hca, port, state, netdev]) => [hca, Number(port), state, netdev]);
    const { hcas } = await scan(root);
    const found = hcas.flatMap((hca) =>
      hca.ports.map((port) => [hca.name, port.number, port.state, port.netdevs.join()]),
    );
    expect(found).toHaveLength(wanted.length);
    expect(found).toEqual(expect.arrayContaining(wanted));
  });

  it('reports an umad node that is missing in /dev, and keeps the HCA, its ports and its other nodes', async () => {
    const root = await unpackHost('rxe-siw-up');
    await rm(join(root, 'dev/infiniband/umad0'));
    const { hcas, problems } = await scan(root);
    expect(hcas).toHaveLength(3);
    expect(hcas[0]?.deviceNodes.map((node) => node.kind)).toEqual(['uverbs', 'issm', 'rdma_cm']);
    expect(problems.map((problem) => [problem.code, problem.subject])).toEqual([['DEVICE_NODE_MISSING', 'rxe0']]);
  });
});

const realArchive = fileURLToPath(new URL('../../../../../shared/hosts/real-mlx4-connectx3.tar.gz', import.meta.url));

describe('SysfsHcaDiscovery on a real machine with a ConnectX-3 (skipped without the capture, which is not in this repository)', () => {
  const ifCaptured = existsSync(realArchive) ? it : it.skip;
  ifCaptured(
    'finds the InfiniBand HCA and reports the dangling entry of another driver',
    async () => {
      const root = await openRealHost();
      const { hcas, problems, netnsMode } = await scan(root);
      expect(problems.map((problem) => [problem.code, problem.subject])).toEqual([['RDMA_DEVICE_DANGLING', 'scif0']]);
      expect(netnsMode).toBeNull();
      expect(hcas).toEqual([
        {
          name: 'mlx4_0',
          nodeType: 'CA',
          nodeGuid: '0002:c903:00f9:bfa0',
          firmware: '2.11.500',
          board: 'DEL0A30000019',
          pci: {
            address: '0000:82:00.0',
            vendor: '15b3',
            deviceId: '1003',
            classCode: '028000',
            functionKind: 'pf',
            physicalFunction: null,
          },
          subfunction: null,
          managementOnly: false,
          driver: 'mlx4_core',
          rdmaDriver: 'mlx4_ib',
          numaNode: 1,
          ports: [
            {
              number: 1,
              state: 'ACTIVE',
              physState: 'LinkUp',
              linkLayer: 'InfiniBand',
              rate: '56 Gb/sec (4X FDR)',
              netdevs: ['ib0'],
            },
          ],
          netdevs: [{ name: 'ib0', linkType: 'infiniband', up: true }],
          deviceNodes: [
            { kind: 'uverbs', path: '/dev/infiniband/uverbs0', port: null },
            { kind: 'umad', path: '/dev/infiniband/umad0', port: 1 },
            { kind: 'issm', path: '/dev/infiniband/issm0', port: 1 },
          ],
        },
      ]);
    },
    livenessMs,
  );
});

/** Unpacks the archive, which has one folder and no nodes, and creates the nodes that sysfs lists. */
async function openRealHost(): Promise<string> {
  const outer = await unpackArchive(realArchive);
  const root = join(outer, (await readdir(outer))[0] ?? '');
  await mkdir(join(root, 'dev/infiniband'), { recursive: true });
  for (const folder of ['infiniband_verbs', 'infiniband_mad']) {
    for (const node of await readdir(join(root, 'sys/class', folder)))
      await writeFile(join(root, 'dev/infiniband', node), '');
  }
  return root;
}

async function scan(root: string): Promise<Inventory> {
  return new SysfsHcaDiscovery(new LinuxHost(root, new SystemClock())).scan();
}
