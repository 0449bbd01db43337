// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { PluginPod } from './plugin-pod.ts';
import { apiServerVersion } from './programs.mjs';
import { type RealCluster, settingsOf, sharedCluster } from './real-cluster.ts';

const parts = { kubernetes: apiServerVersion };
const headlineOfRefusal = 'new settings rejected; keeping the previous ones';

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

  it('are in force from the first list on', async () => {
    const since = performance.now();
    pod.start();
    noteTime('program started to shares on the node', parts, (await pod.reach(4)) - since);
    expect(pod.told('shares offered')).toHaveLength(1);
  });

  it('are in force on the node after each change', async () => {
    await started();
    for (let shares = 5; shares <= 24; shares += 1) {
      const since = performance.now();
      await cluster.set(shares);
      noteTime('change sent to the API server to list at the kubelet', parts, (await pod.reach(shares)) - since);
    }
  });

  it('that are bad leave the old ones in force, are told once with each problem, and make way for good ones', async () => {
    await started();
    await cluster.set(JSON.stringify({ configList: [{ resourceName: 'hca_shared', rdmaHcaMax: -1, selectors: {} }] }));
    await pod.tells(headlineOfRefusal);
    expect(await pod.shares()).toBe(4);
    await cluster.set(6);
    await pod.reach(6);
    expect(pod.told(headlineOfRefusal)).toHaveLength(1);
    expect(pod.told('CONFIG_VALUE_OUT_OF_RANGE').map(({ message }) => message)).toEqual([
      expect.stringContaining('ConfigMap kube-system/rdma-shared-dp-config, config.json'),
    ]);
  });

  it('stay in force when the ConfigMap is deleted, and new ones are taken when it is made anew', async () => {
    await started();
    await cluster.remove();
    await pod.tells('KUBERNETES_CONFIG_MAP_MISSING');
    expect(await pod.shares()).toBe(4);
    await cluster.set(7);
    await pod.reach(7);
    expect(pod.told('KUBERNETES_CONFIG_MAP_MISSING')).toHaveLength(1);
  });

  it('are waited for where there is no ConfigMap at the start', async () => {
    await cluster.remove();
    pod.start();
    await pod.tells('KUBERNETES_CONFIG_MAP_MISSING');
    await cluster.set(8);
    await pod.reach(8);
  });

  it('change 1,000 times, and the last change always wins', async () => {
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
    expect(pod.told(headlineOfRefusal)).toEqual([]);
  });

  it('are taken as they are in the end where good ones and bad ones take turns', async () => {
    await started();
    for (let shares = 10; shares < 60; shares += 1) {
      await cluster.set('{"configList": [');
      await cluster.set(settingsOf(shares));
    }
    await pod.reach(59);
  });
});
