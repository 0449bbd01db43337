// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { shortHash } from '#domain/text/short-hash.ts';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { Tier, allNodes, resource, sharedTier } from './tier.ts';

const perHca = 3;
const settings = { rdmaHcaMax: perHca, sharing: 'device', env: true, selectors: { vendors: ['15b3'] } };
const addresses = ['0000:3b:00.0', '0000:3c:00.0'];
const slots = Array.from({ length: perHca }, (_, slot) => slot);
const idsOf = (hca: number): readonly string[] =>
  slots.map((slot) => `${shortHash(resource)}-${addresses[hca]}-${slot}`);
const allIds = [...idsOf(0), ...idsOf(1)].toSorted();

describeTier('per-device shares', () => {
  const kinds = [
    { version: 'v1.34.4', method: 'device-plugins', containerd: 'packaged' },
    { version: 'v1.36.3', method: 'plugins-registry', containerd: 'packaged' },
    { version: 'v1.37.2', method: 'device-plugins', containerd: 'with-cdi' },
  ] as const;

  describe.each(kinds)(
    'on kubelet $version (registration $method, containerd $containerd)',
    ({ version, method, containerd }) => {
      let held: readonly string[] = [];
      const shared = sharedTier(
        () => new Tier(method, containerd, settings),
        async (tier) => {
          await tier.start(version);
          tier.plugin.start();
          await tier.untilListed(allIds);
        },
      );

      it('are listed for each HCA, with its NUMA node', async () => {
        const tier = await shared();
        const listed = await tier.kubelet.resources.numaNodesOf(resource);
        const expected = [0, 1].flatMap((hca) => idsOf(hca).map((id) => [id, [hca]] as const));
        expect([...listed].toSorted(([a], [b]) => a.localeCompare(b))).toEqual(expected);
      });

      it('grant the device nodes and the names of two HCAs to a pod that requests two shares', async () => {
        const tier = await shared();
        const since = performance.now();
        const { ids, nodes, env } = await tier.pod('two', 2).run();
        noteTime(
          `pod with two per-device shares created to container started, ${method}`,
          { kubelet: version },
          performance.now() - since,
        );
        held = ids;
        expect([0, 1].map((hca) => ids.filter((id) => idsOf(hca).includes(id)).length)).toEqual([1, 1]);
        expect(nodes).toEqual(allNodes);
        expect(env).toMatchObject({
          NCCL_IB_HCA: '=mlx5_0:1,mlx5_1:1',
          UCX_NET_DEVICES: 'mlx5_0:1,mlx5_1:1',
          RDMA_SHARED_DP_RDMA_HCA_SHARED_DEVICES_HCAS: 'mlx5_0,mlx5_1',
        });
      });

      it('grant the device nodes of one HCA to a pod that requests one share', async () => {
        const tier = await shared();
        const { ids, nodes, env } = await tier.pod('one', 1).run();
        const hca = idsOf(0).includes(ids[0] ?? '') ? 0 : 1;
        expect(nodes).toEqual(['rdma_cm', `umad${hca * 10}`, `uverbs${hca}`]);
        expect(env['NCCL_IB_HCA']).toBe(`=mlx5_${hca}:1`);
      });

      it('stay with their pod across a restart of the kubelet', async () => {
        const tier = await shared();
        await tier.kubelet.end('SIGKILL');
        const ready = await tier.kubelet.start(version);
        noteTime(
          `kubelet ready to per-device shares back after SIGKILL, ${method}`,
          { kubelet: version },
          (await tier.untilListed(allIds)) - ready,
        );
        await tier.expectHeld('two', held);
        expect(tier.pod('two', 2).starts()).toBe(1);
      });

      it('of a removed HCA are no longer granted, unlike those of the other HCA', async () => {
        const tier = await shared();
        tier.host.removeHca('mlx5_1');
        await tier.untilListed(idsOf(0));
        expect((await tier.pod('after', 1).run()).nodes).toEqual(['rdma_cm', 'umad0', 'uverbs0']);
        await tier.expectHeld('two', held);
      });
    },
  );
});
