// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { kubeletVersions } from './programs.mjs';
import { Tier, nodesOfBoth, shareIds, sharedTier, methods } from './tier.ts';

describeTier('the built program on a stock kubelet', () => {
  const kinds = kubeletVersions.flatMap((version) => methods.map((method) => ({ version, method })));

  describe.each(kinds)('$version, registered by $method', ({ version, method }) => {
    const shared = sharedTier(async () => {
      const tier = new Tier(method);
      await tier.start(version);
      return tier;
    });

    it('has its shares on the node', async () => {
      const tier = await shared();
      const since = performance.now();
      tier.plugin.start();
      noteTime(
        `program started to shares on the node, ${method}`,
        { kubelet: version },
        (await tier.holds(shareIds)) - since,
      );
      expect(await tier.kubelet.resources.allocatable('rdma/hca_shared_devices')).toEqual(shareIds);
    });

    it('gives a pod its shares and their nodes', async () => {
      const tier = await shared();
      const since = performance.now();
      const seen = await tier.pod('first', 2).run();
      noteTime(`pod made to container started, ${method}`, { kubelet: version }, performance.now() - since);
      expect(seen.nodes).toEqual(nodesOfBoth);
      expect(seen.ids).toHaveLength(2);
      expect(shareIds).toEqual(expect.arrayContaining([...seen.ids]));
    });

    it('gives a second pod other shares', async () => {
      const tier = await shared();
      const second = tier.pod('second', 3);
      const { ids } = await second.run();
      const first = await tier.pod('first', 2).held();
      expect(new Set([...ids, ...first]).size).toBe(5);
      await second.remove();
    });

    it('has a pod refused that wants more than there are, in words that a person finds', async () => {
      const tier = await shared();
      const greedy = tier.pod('greedy', 9);
      const { reason, message } = await greedy.refusal();
      expect(reason).toBe('UnexpectedAdmissionError');
      expect(message).toContain(
        'requested number of devices unavailable for rdma/hca_shared_devices. Requested: 9, Available: 6',
      );
      await greedy.remove();
    });

    it('follows the hardware: no HCA is no healthy share, and the HCA back is all of them', async () => {
      const tier = await shared();
      for (const name of ['mlx5_0', 'mlx5_1']) tier.host.removeHca(name);
      await tier.holds([]);
      for (const number of [0, 1]) tier.host.addHca({ name: `mlx5_${number}`, number });
      await tier.holds(shareIds);
      expect(await tier.pod('first', 2).held()).toHaveLength(2);
    });

    it('ends with success and leaves no socket', async () => {
      const tier = await shared();
      const since = performance.now();
      expect(await tier.plugin.end('SIGTERM')).toBe(0);
      noteTime(`SIGTERM to the program's end, ${method}`, { kubelet: version }, performance.now() - since);
      expect(readdirSync(tier.node.pluginsRegistry)).toEqual([]);
      expect(readdirSync(tier.node.devicePlugins).toSorted()).toEqual(['kubelet.sock', 'kubelet_internal_checkpoint']);
    });
  });
});
