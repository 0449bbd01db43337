// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { PluginPod } from './plugin-pod.ts';
import { apiServerVersion } from './programs.mjs';
import { type RealCluster, sharedCluster } from './real-cluster.ts';

const parts = { kubernetes: apiServerVersion };

describeTier('the program while its API server is down', () => {
  const shared = sharedCluster();
  let cluster: RealCluster;
  let pod: PluginPod;
  beforeEach(async () => {
    cluster = await shared();
    await cluster.set(4);
    pod = await PluginPod.on(cluster);
  });
  afterEach(() => pod.close());

  async function started(options: { caches?: boolean } = {}): Promise<void> {
    pod.start(options);
    await pod.reach(4);
  }

  it.each([5, 6, 7])(
    'keeps its settings, logs the outage once, and applies a change afterwards: %i shares',
    async (shares) => {
      await started({ caches: false });
      await cluster.server.killServer();
      await pod.logged('KUBERNETES_UNREACHABLE');
      expect(await pod.shares()).toBe(4);
      const ready = await cluster.server.startServer();
      await cluster.set(shares);
      noteTime('API server ready again to a change made then applied', parts, (await pod.reach(shares)) - ready);
      expect(pod.logLines('KUBERNETES_UNREACHABLE').map(({ message }) => message)).toHaveLength(1);
    },
  );

  it('applies a change after etcd was killed and restarted', async () => {
    await started();
    await cluster.server.restartEtcd();
    await cluster.set(8);
    await pod.reach(8);
  });

  it('applies the last of 1,000 changes between five kills', async () => {
    await started();
    for (let burst = 0; burst < 5; burst += 1) {
      for (let i = 0; i < 200; i += 1) await cluster.set(1 + ((burst * 13 + i) % 60));
      await cluster.server.killServer();
      await cluster.server.startServer();
    }
    await cluster.set(62);
    await pod.reach(62);
    for (const code of [
      'KUBERNETES_FORBIDDEN',
      'KUBERNETES_TOKEN_REJECTED',
      'KUBERNETES_CONFIG_MAP_MISSING',
      'KUBERNETES_UNEXPECTED_RESPONSE',
    ])
      expect(pod.logLines(code)).toEqual([]);
  });

  it('exits with code 0', async () => {
    await started();
    await cluster.server.killServer();
    const since = performance.now();
    const { status } = await pod.end();
    noteTime('SIGTERM to the exit of the program while the API server is down', parts, performance.now() - since);
    await cluster.server.startServer();
    expect(status).toBe(0);
  });

  it('starts with the last good settings, logs that, and applies the newer ones afterwards', async () => {
    await started();
    await cluster.set(9);
    await pod.reach(9);
    await pod.end();
    await cluster.set(10);
    await cluster.server.killServer();
    pod.start();
    await pod.reach(9);
    const { message } = await pod.logged('KUBERNETES_SETTINGS_CACHED');
    expect(message).toContain('kube-system/rdma-shared-dp-config');
    await cluster.server.startServer();
    await pod.reach(10);
  });

  it('waits at startup if it has no cache, and serves afterwards', async () => {
    await cluster.server.killServer();
    pod.start({ caches: false });
    await pod.logged('KUBERNETES_UNREACHABLE');
    expect(await pod.shares()).toBe(0);
    await cluster.server.startServer();
    await pod.reach(4);
  });
});
