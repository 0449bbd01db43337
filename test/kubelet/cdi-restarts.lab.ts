// SPDX-License-Identifier: Apache-2.0
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { until } from '../support/processes.ts';
import { describeTier } from '../support/tier-group.ts';
import { containerdVersion, kubeletVersions } from './programs.mjs';
import type { StaticPod } from './static-pod.ts';
import { Tier, allNodes, shareIds, sharedTier } from './tier.ts';

const all = { resourceName: 'hca_shared_devices', rdmaHcaMax: shareIds.length, selectors: { vendors: ['15b3'] } };
const other = { ...all, resourceName: 'other' };
const onlyFirst = { ...all, selectors: { rdmaDevices: ['mlx5_0'] } };

describeTier(`containers of running pods that restart, with CDI on containerd ${containerdVersion}`, () => {
  describe.each(kubeletVersions.slice(-1))('and kubelet %s', (version) => {
    const shared = sharedTier(
      () => new Tier('device-plugins', 'with-cdi'),
      async (tier) => {
        await tier.start(version);
        tier.configure(all);
        tier.plugin.start();
        await tier.untilListed(shareIds);
      },
    );

    /** Resolves when the program offers what the settings, which must differ, make of the node. */
    async function apply(tier: Tier, settings: object): Promise<void> {
      const offered = tier.plugin.count('shares offered');
      tier.configure(settings);
      await until('the shares are offered', () => tier.plugin.count('shares offered') > offered);
    }

    async function runningPod(tier: Tier, name: string): Promise<StaticPod> {
      await tier.untilListed(shareIds);
      const pod = tier.pod(name, 1);
      expect((await pod.run()).nodes).toEqual(allNodes);
      return pod;
    }

    /** Kills the container. The kubelet creates it again from the answer to Allocate that it remembers. */
    async function expectRestart(pod: StaticPod): Promise<void> {
      pod.kill();
      await until(`the container of ${pod.name} starts again`, () => pod.starts() === 2);
      expect(pod.nodesOfLastStart()).toEqual(allNodes);
    }

    it('get their device nodes after their resource left the settings', async () => {
      const tier = await shared();
      const pod = await runningPod(tier, 'retired');
      await apply(tier, other);
      await tier.untilListed([]);
      await expectRestart(pod);
      await apply(tier, all);
    });

    it('get their device nodes after an HCA left the selectors', async () => {
      const tier = await shared();
      const pod = await runningPod(tier, 'deselected');
      await apply(tier, onlyFirst);
      await expectRestart(pod);
      await apply(tier, all);
    });

    it('get their device nodes while scans fail', async () => {
      const tier = await shared();
      const pod = await runningPod(tier, 'unscanned');
      const [present, away] = ['class', 'away'].map((name) => join(tier.host.root, 'sys', name));
      renameSync(present ?? '', away ?? '');
      await tier.untilListed([]);
      await expectRestart(pod);
      renameSync(away ?? '', present ?? '');
      await tier.untilListed(shareIds);
    });

    it('get their device nodes after another instance with other resources came and went', async () => {
      const tier = await shared();
      const pod = await runningPod(tier, 'beside');
      const second = tier.anotherPlugin(other);
      second.start();
      await until('the other instance is registered', () => second.count('registered with kubelet') > 0);
      await second.end('SIGTERM');
      await expectRestart(pod);
    });

    it('get their device nodes after the program was restarted with other resources', async () => {
      const tier = await shared();
      const pod = await runningPod(tier, 'updated');
      await tier.plugin.end('SIGTERM');
      tier.configure(other);
      tier.plugin.start();
      await until('the program is registered', () => tier.plugin.count('registered with kubelet') > 0);
      await expectRestart(pod);
    });
  });
});
