// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { KubeletPodResources } from '#adapters/kubelet/pod-resources/client.ts';
import type { ShareHolder } from '#domain/offer/share-holder.ts';
import { until } from '../support/processes.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { describeTier } from '../support/tier-group.ts';
import { kubeletVersions } from './programs.mjs';
import { Tier, resource, shareIds, sharedTier } from './tier.ts';

/** The kubelet answers at most 100 calls a second. */
const checkMs = 11;

describeTier('the list of who holds shares', () => {
  describe.each(kubeletVersions)('on kubelet %s', (version) => {
    const held = new Map<string, readonly string[]>();
    const shared = sharedTier(
      () => new Tier('device-plugins'),
      async (tier) => {
        await tier.start(version);
        tier.plugin.start();
        await tier.untilListed(shareIds);
      },
    );

    async function list(tier: Tier, wanted = resource): Promise<readonly ShareHolder[] | null> {
      const parts = { socket: tier.node.podResources, clock: new SystemClock(), logger: new RecordedLog() };
      return await new KubeletPodResources(parts).list((name) => name === wanted);
    }

    function holderOf(tier: Tier, pod: string): ShareHolder {
      const { fullName } = tier.pod(pod, 0);
      return { namespace: 'default', pod: fullName, container: 'main', resource, shareIds: held.get(pod) ?? [] };
    }

    it('is empty while no pod holds any', async () => {
      expect(await list(await shared())).toEqual([]);
    });

    it('names each pod with the ids of its shares', async () => {
      const tier = await shared();
      for (const [pod, shares] of [
        ['worker-b', 3],
        ['worker-a', 2],
      ] as const)
        held.set(pod, (await tier.pod(pod, shares).run()).ids);
      expect([...held.values()].flat()).toHaveLength(5);
      expect(await list(tier)).toEqual(['worker-a', 'worker-b'].map((pod) => holderOf(tier, pod)));
    });

    it('leaves out resources that are not wanted', async () => {
      expect(await list(await shared(), 'rdma/other')).toEqual([]);
    });

    it('no longer names a pod that was removed', async () => {
      const tier = await shared();
      await tier.pod('worker-a', 2).remove();
      await until('one pod is left', async () => (await list(tier))?.length === 1, checkMs);
      expect(await list(tier)).toEqual([holderOf(tier, 'worker-b')]);
    });

    it('is not available while the kubelet is down, and then names the same pod', async () => {
      const tier = await shared();
      await tier.kubelet.end('SIGKILL');
      expect(await list(tier)).toBeNull();
      await tier.kubelet.start(version);
      await until('the pod is listed', async () => ((await list(tier)) ?? []).length > 0, checkMs);
      expect(await list(tier)).toEqual([holderOf(tier, 'worker-b')]);
    });
  });
});
