// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { containerdVersion, kubeletVersions } from './programs.mjs';
import { Tier, nodesOfBoth, shareIds, sharedTier, methods } from './tier.ts';

describeTier(`the built program with CDI, on containerd ${containerdVersion}`, () => {
  const kinds = kubeletVersions.flatMap((version) => methods.map((method) => ({ version, method })));

  describe.each(kinds)('kubelet $version, registered by $method', ({ version, method }) => {
    const shared = sharedTier(async () => {
      const tier = new Tier(method, 'with-cdi');
      await tier.start(version);
      tier.plugin.start();
      await tier.holds(shareIds);
      return tier;
    });

    it('gives a pod its nodes by a CDI spec', async () => {
      const tier = await shared();
      expect(readdirSync(tier.node.cdi)).not.toEqual([]);
      const since = performance.now();
      const { ids, nodes } = await tier.pod('first', 2).run();
      noteTime(`pod made to container started with CDI, ${method}`, { kubelet: version }, performance.now() - since);
      expect(ids).toHaveLength(2);
      expect(nodes).toEqual(nodesOfBoth);
    });

    it('does so too after a restart of the kubelet', async () => {
      const tier = await shared();
      await tier.kubelet.end('SIGKILL');
      await tier.kubelet.start(version);
      await tier.holds(shareIds);
      expect((await tier.pod('second', 1).run()).nodes).toEqual(nodesOfBoth);
    });
  });
});
