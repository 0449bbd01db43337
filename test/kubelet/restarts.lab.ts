// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { kubeletVersions } from './programs.mjs';
import { Tier, shareIds, sharedTier, methods } from './tier.ts';

const tenTimes = Array.from({ length: 10 }, (_, i) => i + 1);

describeTier('a pod that holds shares', () => {
  const kinds = kubeletVersions.flatMap((version) => methods.map((method) => ({ version, method })));

  describe.each(kinds)('on kubelet $version (registration $method)', ({ version, method }) => {
    let held: readonly string[] = [];
    const shared = sharedTier(
      () => new Tier(method),
      async (tier) => {
        await tier.start(version);
        tier.plugin.start();
        await tier.untilListed(shareIds);
        held = (await tier.pod('lasting', 3).run()).ids;
      },
    );

    async function expectUnaffected(tier: Tier): Promise<void> {
      await tier.expectHeld('lasting', held);
      expect(held).toHaveLength(3);
      expect(tier.pod('lasting', 3).starts()).toBe(1);
    }

    it.each(['SIGTERM', 'SIGKILL'] as const)(
      'keeps them across 10 restarts of the kubelet by %s, and all shares return each time',
      async (signal) => {
        const tier = await shared();
        for (const _ of tenTimes) {
          await tier.kubelet.end(signal);
          const ready = await tier.kubelet.start(version);
          noteTime(
            `kubelet ready to shares back after ${signal}, ${method}`,
            { kubelet: version },
            (await tier.untilListed(shareIds)) - ready,
          );
          await expectUnaffected(tier);
        }
      },
    );

    it('keeps them while the kubelet is down for 3 s', async () => {
      const tier = await shared();
      await tier.kubelet.end('SIGKILL');
      await new Promise((resolve) => {
        setTimeout(resolve, 3000);
      });
      const ready = await tier.kubelet.start(version);
      noteTime(
        `kubelet ready to shares back after 3 s of downtime, ${method}`,
        { kubelet: version },
        (await tier.untilListed(shareIds)) - ready,
      );
      await expectUnaffected(tier);
    });

    it.each(['SIGTERM', 'SIGKILL'] as const)(
      'keeps them while the plugin is ended by %s and restarted',
      async (signal) => {
        const tier = await shared();
        await tier.plugin.end(signal);
        await tier.untilListed([]);
        await expectUnaffected(tier);
        const since = performance.now();
        tier.plugin.start();
        noteTime(
          `plugin restarted to shares back after ${signal}, ${method}`,
          { kubelet: version },
          (await tier.untilListed(shareIds)) - since,
        );
        await expectUnaffected(tier);
      },
    );

    it('does not share them with a pod that gets all remaining shares', async () => {
      const tier = await shared();
      const { ids } = await tier.pod('remaining', shareIds.length - held.length).run();
      expect([...ids, ...held].toSorted()).toEqual(shareIds);
    });
  });
});

describeTier('a pod that holds shares while its kubelet is upgraded and downgraded', () => {
  const [first = '', ...others] = kubeletVersions;
  const changes = [...others, ...kubeletVersions.toReversed().slice(1)];

  it.each(methods)(`keeps them over ${[first, ...changes].join(', ')} (registration %s)`, async (method) => {
    const tier = new Tier(method);
    try {
      await tier.start(first);
      tier.plugin.start();
      await tier.untilListed(shareIds);
      const { ids } = await tier.pod('lasting', 2).run();
      expect(ids).toHaveLength(2);
      for (const version of changes) {
        await tier.kubelet.end('SIGTERM');
        const ready = await tier.kubelet.start(version);
        noteTime(
          `kubelet of another version ready to shares back, ${method}`,
          { kubelet: version },
          (await tier.untilListed(shareIds)) - ready,
        );
        await tier.expectHeld('lasting', ids);
      }
    } finally {
      await tier.close();
    }
  });
});
