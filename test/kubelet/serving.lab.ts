// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { kubeletVersions } from './programs.mjs';
import { Tier, allNodes, shareIds, sharedTier, methods } from './tier.ts';

describeTier('the program on a stock kubelet', () => {
  const kinds = kubeletVersions.flatMap((version) => methods.map((method) => ({ version, method })));

  describe.each(kinds)('$version (registration $method)', ({ version, method }) => {
    const shared = sharedTier(
      () => new Tier(method),
      async (tier) => {
        await tier.start(version);
      },
    );

    it('registers, and the node has its shares', async () => {
      const tier = await shared();
      const since = performance.now();
      tier.plugin.start();
      noteTime(
        `from program start to shares on the node, ${method}`,
        { kubelet: version },
        (await tier.untilListed(shareIds)) - since,
      );
      expect(await tier.kubelet.resources.allocatable('rdma/hca_shared_devices')).toEqual(shareIds);
    });

    it('grants a pod its shares and their device nodes', async () => {
      const tier = await shared();
      const since = performance.now();
      const view = await tier.pod('first', 2).run();
      noteTime(`pod created to container started, ${method}`, { kubelet: version }, performance.now() - since);
      expect(view.nodes).toEqual(allNodes);
      expect(view.ids).toHaveLength(2);
      expect(shareIds).toEqual(expect.arrayContaining([...view.ids]));
    });

    it('grants a second pod other shares', async () => {
      const tier = await shared();
      const second = tier.pod('second', 3);
      const { ids } = await second.run();
      const first = await tier.pod('first', 2).held();
      expect(new Set([...ids, ...first]).size).toBe(5);
      await second.remove();
    });

    it('rejects a pod that requests too many shares, with a clear message from the kubelet', async () => {
      const tier = await shared();
      const greedy = tier.pod('greedy', 9);
      const { reason, message } = await greedy.refusal();
      expect(reason).toBe('UnexpectedAdmissionError');
      expect(message).toContain(
        'requested number of devices unavailable for rdma/hca_shared_devices. Requested: 9, Available: 6',
      );
      await greedy.remove();
    });

    it('has no healthy shares without HCAs, and all shares when the HCAs are back', async () => {
      const tier = await shared();
      for (const name of ['mlx5_0', 'mlx5_1']) tier.host.removeHca(name);
      await tier.untilListed([]);
      for (const number of [0, 1]) tier.host.addHca({ name: `mlx5_${number}`, number });
      await tier.untilListed(shareIds);
      expect(await tier.pod('first', 2).held()).toHaveLength(2);
    });

    it('exits with code 0 on SIGTERM and leaves no socket', async () => {
      const tier = await shared();
      const since = performance.now();
      expect(await tier.plugin.end('SIGTERM')).toBe(0);
      noteTime(`SIGTERM to exit of the program, ${method}`, { kubelet: version }, performance.now() - since);
      expect(readdirSync(tier.node.pluginsRegistry)).toEqual([]);
      expect(readdirSync(tier.node.devicePlugins).toSorted()).toEqual(['kubelet.sock', 'kubelet_internal_checkpoint']);
    });
  });
});
