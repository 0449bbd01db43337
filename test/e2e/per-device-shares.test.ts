// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { livenessMs } from '../support/node-fixture.ts';
import { RunningNodeFixture, uverbsOf } from '../support/running-node-fixture.ts';

const hcas = [0, 1, 2].map((i) => ({
  name: `mlx5_${i}`,
  pciAddress: `0000:${i + 1}a:00.0`,
  numaNode: i === 2 ? null : i,
}));
const resource = { resourceName: 'a', rdmaHcaMax: 4, sharing: 'device', selectors: { vendors: ['15b3'] } };

let node = new RunningNodeFixture();
beforeEach(async () => {
  await node.close();
  node = new RunningNodeFixture();
  await node.kubelet.start();
  node.plug(...hcas);
  node.configure(resource);
});
afterEach(() => node.close());

/** Returns how many of these shares belong to each HCA, according to the PCI addresses in the ids. */
function perHca(ids: readonly string[]): readonly number[] {
  return hcas.map(({ pciAddress }) => ids.filter((id) => id.includes(pciAddress)).length);
}

describe('per-device shares of the program', () => {
  it(
    'are spread evenly over the HCAs, and each grants the nodes of its own HCA',
    async () => {
      node.run();
      await node.reach('rdma/a', 12);
      const allocated: string[] = [];
      for (let pod = 1; pod <= 12; pod += 1) {
        const grant = await node.start('rdma/a', 1);
        const [id = ''] = grant.ids['rdma/a'] ?? [];
        allocated.push(id);
        expect(uverbsOf(grant)).toEqual([`uverbs${hcas.findIndex(({ pciAddress }) => id.includes(pciAddress))}`]);
        const counts = perHca(allocated);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
      await expect(node.start('rdma/a', 1)).rejects.toThrow('Requested: 1, Available: 0');
    },
    livenessMs,
  );

  it(
    'come from different HCAs if one container requests several',
    async () => {
      node.run();
      await node.reach('rdma/a', 12);
      expect(uverbsOf(await node.start('rdma/a', 3))).toEqual(['uverbs0', 'uverbs1', 'uverbs2']);
      const five = await node.start('rdma/a', 5);
      expect([...perHca(five.ids['rdma/a'] ?? [])].toSorted((a, b) => a - b)).toEqual([1, 2, 2]);
    },
    livenessMs,
  );

  it(
    'are used up HCA by HCA with allocationPolicy pack',
    async () => {
      node.configure({ ...resource, allocationPolicy: 'pack' });
      node.run();
      await node.reach('rdma/a', 12);
      const grants = [];
      for (let pod = 1; pod <= 5; pod += 1) grants.push(await node.start('rdma/a', 1));
      expect(perHca(grants.flatMap(({ ids }) => ids['rdma/a'] ?? []))).toEqual([4, 1, 0]);
    },
    livenessMs,
  );

  it(
    'report their NUMA node to the kubelet, unless the kernel does not name one',
    async () => {
      node.run();
      await node.reach('rdma/a', 12);
      const topology = node.kubelet.numaNodes('rdma/a');
      expect(
        hcas.map(({ pciAddress }) => [...topology].filter(([id]) => id.includes(pciAddress)).map(([, nodes]) => nodes)),
      ).toEqual([
        [[0], [0], [0], [0]],
        [[1], [1], [1], [1]],
        [[], [], [], []],
      ]);
    },
    livenessMs,
  );

  it(
    'are refused, with the allowed number, if a container requests more than maxSharesPerContainer',
    async () => {
      node.configure({ ...resource, maxSharesPerContainer: 2 });
      node.run();
      await node.reach('rdma/a', 12);
      await expect(node.start('rdma/a', 3)).rejects.toThrow(
        '3 shares of rdma/a were requested, but its maxSharesPerContainer is 2: request at most 2 for one container',
      );
      expect(uverbsOf(await node.start('rdma/a', 2))).toHaveLength(2);
    },
    livenessMs,
  );

  it(
    'become unhealthy with their own HCA only, and keep their ids when it returns under a new name after a restart',
    async () => {
      const first = node.run();
      await node.reach('rdma/a', 12);
      const before = await node.kubelet.devices('rdma/a');
      node.plug(...hcas.map((hca, i) => ({ ...hca, broken: i === 1 })));
      await node.reach('rdma/a', 8);
      expect(perHca((await node.kubelet.devices('rdma/a'))?.unhealthy ?? [])).toEqual([0, 4, 0]);
      await first.end();
      node.plug(...hcas.map((hca, i) => ({ ...hca, name: `rocep${i + 1}s0` })));
      node.run();
      await node.reach('rdma/a', 12);
      expect((await node.kubelet.devices('rdma/a'))?.healthy.toSorted()).toEqual(before?.healthy.toSorted());
    },
    livenessMs,
  );

  it(
    'grant the CDI device of their own HCA only',
    async () => {
      node.run('--use-cdi', '--cdi-dir', join(node.directory, 'cdi'));
      await node.reach('rdma/a', 12);
      const grant = await node.start('rdma/a', 1);
      const index = hcas.findIndex(({ pciAddress }) => grant.ids['rdma/a']?.[0]?.includes(pciAddress));
      expect({ cdi: grant.cdiDevices, nodes: grant.deviceNodes }).toEqual({
        cdi: [`rdma-shared-dp.io/hca_rdma_a=hca-mlx5_${index}`],
        nodes: [],
      });
    },
    livenessMs,
  );
});
