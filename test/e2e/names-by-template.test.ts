// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { livenessMs } from '../support/node-fixture.ts';
import { RunningNodeFixture, uverbsOf } from '../support/running-node-fixture.ts';
import { until } from '../support/until.ts';

const hcas = [0, 1, 2, 3].map((i) => ({
  name: `mlx5_${i}`,
  pciAddress: `0000:${i + 1}a:00.0`,
  numaNode: i < 2 ? 0 : 1,
}));
const selectors = { vendors: ['15b3'] };

let node = new RunningNodeFixture();
beforeEach(async () => {
  await node.close();
  node = new RunningNodeFixture();
  await node.kubelet.start();
  node.plug(...hcas);
});
afterEach(() => node.close());

/** Returns the allocatable shares and the capacity of a resource, as the kubelet reports them. */
async function sharesOf(resource: string): Promise<string> {
  const status = await node.kubelet.devices(resource);
  return status === null ? 'unknown' : `${status.allocatable} of ${status.capacity}`;
}

describe('resources with a name template', () => {
  it(
    'are registered for each NUMA node, and grant only the HCAs of that node',
    async () => {
      node.configure({ resourceNameTemplate: 'hca_numa{numaNode}', rdmaHcaMax: 5, selectors });
      node.run();
      await node.reach('rdma/hca_numa0', 5);
      await node.reach('rdma/hca_numa1', 5);
      expect(uverbsOf(await node.start('rdma/hca_numa0', 1))).toEqual(['uverbs0', 'uverbs1']);
      expect(uverbsOf(await node.start('rdma/hca_numa1', 1))).toEqual(['uverbs2', 'uverbs3']);
    },
    livenessMs,
  );

  it(
    'are registered when an HCA appears, unhealthy when it disappears, and healthy when it is back',
    async () => {
      node.configure({ resourceNameTemplate: 'hca_{rdmaDevice}', rdmaHcaMax: 2, sharing: 'device', selectors });
      node.plug(...hcas.slice(0, 1));
      node.run();
      await node.reach('rdma/hca_mlx5_0', 2);
      expect(await sharesOf('rdma/hca_mlx5_1')).toBe('unknown');
      node.plug(...hcas.slice(0, 2));
      await node.reach('rdma/hca_mlx5_1', 2);
      node.plug(...hcas.slice(0, 1));
      await node.reach('rdma/hca_mlx5_1', 0);
      expect([await sharesOf('rdma/hca_mlx5_0'), await sharesOf('rdma/hca_mlx5_1')]).toEqual(['2 of 2', '0 of 2']);
      node.plug(...hcas.slice(0, 2));
      await node.reach('rdma/hca_mlx5_1', 2);
      expect(uverbsOf(await node.start('rdma/hca_mlx5_1', 2))).toEqual(['uverbs1']);
    },
    livenessMs,
  );

  it(
    'are withdrawn with an empty list, and their socket removed, when their shares are forgotten',
    async () => {
      node.configure({
        resourceNameTemplate: 'rail{rail}',
        rdmaHcaMax: 2,
        selectors,
        health: { forgetAfterSeconds: 0 },
      });
      const program = node.run();
      for (const rail of [0, 1, 2, 3]) await node.reach(`rdma/rail${rail}`, 2);
      expect(node.sockets()).toHaveLength(4);
      node.plug(...hcas.slice(1));
      await node.until('rdma/rail0 has an empty list', async () => (await sharesOf('rdma/rail0')) === '0 of 0');
      await until(() => node.sockets().length === 3);
      expect(program.log).toContain('resource no longer offered resource=rdma/rail0');
      expect(uverbsOf(await node.start('rdma/rail1', 1))).toEqual(['uverbs1']);
    },
    livenessMs,
  );

  it(
    'are not created for an HCA without the value of the template, which the program logs',
    async () => {
      node.plug(hcas[0] ?? { name: 'mlx5_0' }, { name: 'mlx5_9', numaNode: null });
      node.configure({ resourceNameTemplate: 'hca_numa{numaNode}', rdmaHcaMax: 1, selectors });
      const program = node.run();
      await node.reach('rdma/hca_numa0', 1);
      await until(() => program.log.includes('RESOURCE_TEMPLATE_HCA_SKIPPED'));
      expect(program.log).toContain(
        'rdma/hca_numa{numaNode} creates no resource for mlx5_9 (the kernel reports no NUMA node for it)',
      );
    },
    livenessMs,
  );
});
