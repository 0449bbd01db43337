// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { containerdVersion, kubeletVersions } from './programs.mjs';
import { Tier, allNodes, shareIds, sharedTier, methods } from './tier.ts';

describeTier(`the program with CDI on containerd ${containerdVersion}`, () => {
  const kinds = kubeletVersions.flatMap((version) => methods.map((method) => ({ version, method })));

  describe.each(kinds)('and kubelet $version (registration $method)', ({ version, method }) => {
    const shared = sharedTier(
      () => new Tier(method, 'with-cdi'),
      async (tier) => {
        await tier.start(version);
        tier.plugin.start();
        await tier.untilListed(shareIds);
      },
    );

    it('grants a pod its device nodes through a CDI spec', async () => {
      const tier = await shared();
      expect(readdirSync(tier.node.cdi)).not.toEqual([]);
      const since = performance.now();
      const { ids, nodes } = await tier.pod('first', 2).run();
      noteTime(`pod created to container started with CDI, ${method}`, { kubelet: version }, performance.now() - since);
      expect(ids).toHaveLength(2);
      expect(nodes).toEqual(allNodes);
    });

    it('grants a pod its device nodes after a restart of the kubelet', async () => {
      const tier = await shared();
      await tier.kubelet.end('SIGKILL');
      await tier.kubelet.start(version);
      await tier.untilListed(shareIds);
      expect((await tier.pod('second', 1).run()).nodes).toEqual(allNodes);
    });
  });
});
