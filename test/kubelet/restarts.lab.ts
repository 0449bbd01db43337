// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { kubeletVersions } from './programs.mjs';
import { Tier, shareIds, sharedTier, methods } from './tier.ts';

const ten = Array.from({ length: 10 }, (_, i) => i + 1);

describeTier('a pod that holds shares', () => {
  const kinds = kubeletVersions.flatMap((version) => methods.map((method) => ({ version, method })));

  describe.each(kinds)('on kubelet $version, registered by $method', ({ version, method }) => {
    let held: readonly string[] = [];
    const shared = sharedTier(async () => {
      const tier = new Tier(method);
      await tier.start(version);
      tier.plugin.start();
      await tier.holds(shareIds);
      held = (await tier.pod('lasting', 3).run()).ids;
      return tier;
    });

    async function expectUntouched(tier: Tier): Promise<void> {
      await tier.keeps('lasting', held);
      expect(held).toHaveLength(3);
      expect(tier.pod('lasting', 3).starts()).toBe(1);
    }

    it.each(['SIGTERM', 'SIGKILL'] as const)(
      'outlives 10 restarts of the kubelet by %s, each with all shares back',
      async (signal) => {
        const tier = await shared();
        for (const _ of ten) {
          await tier.kubelet.end(signal);
          const ready = await tier.kubelet.start(version);
          noteTime(
            `kubelet ready to shares back after ${signal}, ${method}`,
            { kubelet: version },
            (await tier.holds(shareIds)) - ready,
          );
          await expectUntouched(tier);
        }
      },
    );

    it('outlives a kubelet that is away for three seconds', async () => {
      const tier = await shared();
      await tier.kubelet.end('SIGKILL');
      await new Promise((resolve) => {
        setTimeout(resolve, 3000);
      });
      const ready = await tier.kubelet.start(version);
      noteTime(
        `kubelet ready to shares back after a gap of 3 s, ${method}`,
        { kubelet: version },
        (await tier.holds(shareIds)) - ready,
      );
      await expectUntouched(tier);
    });

    it.each(['SIGTERM', 'SIGKILL'] as const)('outlives the end of the plugin by %s and its return', async (signal) => {
      const tier = await shared();
      await tier.plugin.end(signal);
      await tier.holds([]);
      await expectUntouched(tier);
      const since = performance.now();
      tier.plugin.start();
      noteTime(
        `plugin started again to shares back after ${signal}, ${method}`,
        { kubelet: version },
        (await tier.holds(shareIds)) - since,
      );
      await expectUntouched(tier);
    });

    it('keeps its shares to itself after all that', async () => {
      const tier = await shared();
      const { ids } = await tier.pod('rest', shareIds.length - held.length).run();
      expect([...ids, ...held].toSorted()).toEqual(shareIds);
    });
  });
});

describeTier('a pod that holds shares while its kubelet is upgraded and downgraded', () => {
  const [first = '', ...others] = kubeletVersions;
  const journey = [...others, ...kubeletVersions.toReversed().slice(1)];

  it.each(methods)(`keeps them over ${[first, ...journey].join(', ')}, registered by %s`, async (method) => {
    const tier = new Tier(method);
    try {
      await tier.start(first);
      tier.plugin.start();
      await tier.holds(shareIds);
      const { ids } = await tier.pod('lasting', 2).run();
      for (const version of journey) {
        await tier.kubelet.end('SIGTERM');
        const ready = await tier.kubelet.start(version);
        noteTime(
          `kubelet of another version ready to shares back, ${method}`,
          { kubelet: version },
          (await tier.holds(shareIds)) - ready,
        );
        await tier.keeps('lasting', ids);
      }
    } finally {
      await tier.close();
    }
  });
});
