// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { PluginPod } from './plugin-pod.ts';
import { apiServerVersion } from './programs.mjs';
import { type RealCluster, settingsOf, sharedCluster } from './real-cluster.ts';

const parts = { kubernetes: apiServerVersion };
const rejectionMessage = 'new settings rejected; keeping the previous ones';

describeTier('settings in a ConfigMap of a real API server', () => {
  const shared = sharedCluster();
  let cluster: RealCluster;
  let pod: PluginPod;
  beforeEach(async () => {
    cluster = await shared();
    await cluster.set(4);
    pod = await PluginPod.on(cluster);
  });
  afterEach(() => pod.close());

  async function started(): Promise<void> {
    pod.start();
    await pod.reach(4);
  }

  it('are applied from the first list on', async () => {
    const since = performance.now();
    pod.start();
    noteTime('program started to shares on the node', parts, (await pod.reach(4)) - since);
    expect(pod.logLines('shares offered')).toHaveLength(1);
  });

  it('apply on the node after each change', async () => {
    await started();
    for (let shares = 5; shares <= 24; shares += 1) {
      const since = performance.now();
      await cluster.set(shares);
      noteTime('change sent to the API server to list at the kubelet', parts, (await pod.reach(shares)) - since);
    }
  });

  it('are rejected if they are invalid, which is logged once with each problem, until they are corrected', async () => {
    await started();
    await cluster.set(JSON.stringify({ configList: [{ resourceName: 'hca_shared', rdmaHcaMax: -1, selectors: {} }] }));
    await pod.logged(rejectionMessage);
    expect(await pod.shares()).toBe(4);
    await cluster.set(6);
    await pod.reach(6);
    expect(pod.logLines(rejectionMessage)).toHaveLength(1);
    expect(pod.logLines('CONFIG_VALUE_OUT_OF_RANGE').map(({ message }) => message)).toEqual([
      expect.stringContaining('ConfigMap kube-system/rdma-shared-dp-config, config.json'),
    ]);
  });

  it('stay in effect when the ConfigMap is deleted, until it is created again', async () => {
    await started();
    await cluster.remove();
    await pod.logged('KUBERNETES_CONFIG_MAP_MISSING');
    expect(await pod.shares()).toBe(4);
    await cluster.set(7);
    await pod.reach(7);
    expect(pod.logLines('KUBERNETES_CONFIG_MAP_MISSING')).toHaveLength(1);
  });

  it('are applied later if there is no ConfigMap at startup', async () => {
    await cluster.remove();
    pod.start();
    await pod.logged('KUBERNETES_CONFIG_MAP_MISSING');
    await cluster.set(8);
    await pod.reach(8);
  });

  it('change 1,000 times, and the last change is eventually applied', async () => {
    await started();
    const bursts = Array.from({ length: 10 }, (_, burst) =>
      Array.from({ length: 100 }, (_each, i) => 1 + ((burst * 100 + i * 7) % 61)),
    );
    const since = performance.now();
    for (const changes of bursts) {
      for (const shares of changes) await cluster.set(shares);
      await pod.reach(changes.at(-1) ?? -1);
    }
    noteTime(
      '1,000 changes one after another, the last of each 100 seen on the node',
      parts,
      performance.now() - since,
    );
    await cluster.set(63);
    await pod.reach(63);
    expect(pod.logLines(rejectionMessage)).toEqual([]);
  });

  it('are eventually applied if valid and invalid ones alternate', async () => {
    await started();
    for (let shares = 10; shares < 60; shares += 1) {
      await cluster.set('{"configList": [');
      await cluster.set(settingsOf(shares));
    }
    await pod.reach(59);
  });
});
