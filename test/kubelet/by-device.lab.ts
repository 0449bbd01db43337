// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { shortHash } from '#domain/text/short-hash.ts';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { Tier, nodesOfBoth, resource, sharedTier } from './tier.ts';

const perHca = 3;
const settings = { rdmaHcaMax: perHca, sharing: 'device', env: true, selectors: { vendors: ['15b3'] } };
const addresses = ['0000:3b:00.0', '0000:3c:00.0'];
const slots = Array.from({ length: perHca }, (_, slot) => slot);
const idsOf = (hca: number): readonly string[] =>
  slots.map((slot) => `${shortHash(resource)}-${addresses[hca]}-${slot}`);
const allIds = [...idsOf(0), ...idsOf(1)].toSorted();

describeTier('shares by device', () => {
  const kinds = [
    { version: 'v1.34.4', method: 'device-plugins', containerd: 'packaged' },
    { version: 'v1.36.3', method: 'plugins-registry', containerd: 'packaged' },
    { version: 'v1.37.2', method: 'device-plugins', containerd: 'with-cdi' },
  ] as const;

  describe.each(kinds)(
    'on kubelet $version, registered by $method, on containerd $containerd',
    ({ version, method, containerd }) => {
      let held: readonly string[] = [];
      const shared = sharedTier(async () => {
        const tier = new Tier(method, containerd, settings);
        await tier.start(version);
        tier.plugin.start();
        await tier.holds(allIds);
        return tier;
      });

      it('are on the node for each HCA, with its NUMA node', async () => {
        const tier = await shared();
        const known = await tier.kubelet.resources.numaNodesOf(resource);
        const wanted = [0, 1].flatMap((hca) => idsOf(hca).map((id) => [id, [hca]] as const));
        expect([...known].toSorted(([a], [b]) => a.localeCompare(b))).toEqual(wanted);
      });

      it('give a pod that asks for two the nodes of two HCAs, and tell it their names', async () => {
        const tier = await shared();
        const since = performance.now();
        const { ids, nodes, env } = await tier.pod('two', 2).run();
        noteTime(
          `pod of two shares by device made to container started, ${method}`,
          { kubelet: version },
          performance.now() - since,
        );
        held = ids;
        expect([0, 1].map((hca) => ids.filter((id) => idsOf(hca).includes(id)).length)).toEqual([1, 1]);
        expect(nodes).toEqual(nodesOfBoth);
        expect(env).toMatchObject({
          NCCL_IB_HCA: '=mlx5_0:1,mlx5_1:1',
          UCX_NET_DEVICES: 'mlx5_0:1,mlx5_1:1',
          RDMA_SHARED_DP_RDMA_HCA_SHARED_DEVICES_HCAS: 'mlx5_0,mlx5_1',
        });
      });

      it('give a pod that asks for one the nodes of its HCA and no other', async () => {
        const tier = await shared();
        const { ids, nodes, env } = await tier.pod('one', 1).run();
        const hca = idsOf(0).includes(ids[0] ?? '') ? 0 : 1;
        expect(nodes).toEqual(['rdma_cm', `umad${hca * 10}`, `uverbs${hca}`]);
        expect(env['NCCL_IB_HCA']).toBe(`=mlx5_${hca}:1`);
      });

      it('are kept by their pod over a restart of the kubelet', async () => {
        const tier = await shared();
        await tier.kubelet.end('SIGKILL');
        const ready = await tier.kubelet.start(version);
        noteTime(
          `kubelet ready to shares by device back after SIGKILL, ${method}`,
          { kubelet: version },
          (await tier.holds(allIds)) - ready,
        );
        await tier.keeps('two', held);
        expect(tier.pod('two', 2).starts()).toBe(1);
      });

      it('of an HCA that goes are no longer given, and those of the other are', async () => {
        const tier = await shared();
        tier.host.removeHca('mlx5_1');
        await tier.holds(idsOf(0));
        expect((await tier.pod('after', 1).run()).nodes).toEqual(['rdma_cm', 'umad0', 'uverbs0']);
        await tier.keeps('two', held);
      });
    },
  );
});
