// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { tlsFixture } from '../support/fake-api-server.ts';
import { until } from '../support/processes.ts';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { auditedRequests } from './audit-log.ts';
import { PluginPod } from './plugin-pod.ts';
import { apiServerVersion } from './programs.mjs';
import { type RealCluster, configMapPath, namespace, sharedCluster } from './real-cluster.ts';

const parts = { kubernetes: apiServerVersion };
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;

describeTier('the program with exactly the permissions of deploy/', () => {
  const shared = sharedCluster();
  let cluster: RealCluster;
  let pod: PluginPod;
  beforeEach(async () => {
    cluster = await shared();
    await cluster.set(4);
  });
  afterEach(() => pod.close());

  /** Ends all watches. A client is authorized again when it opens the next one. */
  async function endWatches(): Promise<void> {
    await cluster.server.killServer();
    await cluster.server.startServer();
  }

  it('follows its settings after its token has expired, logs the rejection of the next watch, and uses a renewed token', async () => {
    const token = cluster.token(5);
    pod = await PluginPod.on(cluster, { token });
    pod.start();
    await pod.reach(4);
    await until('the token has expired', async () => (await cluster.statusFor(configMapPath, token)) === 401, 100);
    await cluster.set(5);
    await pod.reach(5);
    await endWatches();
    await pod.logged('KUBERNETES_TOKEN_REJECTED');
    expect(await pod.shares()).toBe(5);
    await cluster.set(6);
    const since = performance.now();
    pod.files.renew({ token: cluster.token() });
    noteTime(
      'token renewed, after it had expired, to the newest settings applied',
      parts,
      (await pod.reach(6)) - since,
    );
    expect(pod.logLines('KUBERNETES_TOKEN_REJECTED')).toHaveLength(1);
  });

  it('uses a token that is renewed in time, and logs nothing', async () => {
    const token = cluster.token(5);
    pod = await PluginPod.on(cluster, { token });
    pod.start();
    await pod.reach(4);
    pod.files.renew({ token: cluster.token() });
    await until(
      'the first token has expired',
      async () => (await cluster.statusFor(configMapPath, token)) === 401,
      100,
    );
    await endWatches();
    await cluster.set(7);
    await pod.reach(7);
    expect(pod.logLines('KUBERNETES_TOKEN_REJECTED')).toEqual([]);
  });

  it('waits at startup while its token is expired', async () => {
    pod = await PluginPod.on(cluster, { token: cluster.token(-5) });
    pod.start();
    await pod.logged('KUBERNETES_TOKEN_REJECTED');
    pod.files.renew({ token: cluster.token() });
    await pod.reach(4);
  });

  it('does not trust a server of another CA until it has the right CA', async () => {
    pod = await PluginPod.on(cluster, { ca: tlsFixture('other-ca.crt') });
    pod.start();
    await pod.logged('KUBERNETES_CERTIFICATE_INVALID');
    pod.files.renew({ 'ca.crt': cluster.server.ca });
    await pod.reach(4);
  });

  it('keeps its settings while its permissions are revoked, and logs the missing rule once', async () => {
    pod = await PluginPod.on(cluster);
    pod.start();
    await pod.reach(4);
    const { grant } = await cluster.revoke('Role');
    await until('the permissions are revoked', async () => !(await cluster.mayRead()));
    // A watch is authorized when it is opened.
    await cluster.set(5);
    await pod.reach(5);
    await endWatches();
    const { remedy } = await pod.logged('KUBERNETES_FORBIDDEN');
    expect(await pod.shares()).toBe(5);
    await cluster.set(6);
    await grant(parseYaml(remedy.slice(remedy.indexOf('{'))));
    const since = performance.now();
    noteTime('permissions granted again to the newest settings applied', parts, (await pod.reach(6)) - since);
    expect(pod.logLines('KUBERNETES_FORBIDDEN')).toHaveLength(1);
  });

  it('may read its ConfigMap and nothing else', async () => {
    pod = await PluginPod.on(cluster);
    const named = `${configMaps}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3D`;
    expect(await cluster.statusFor(configMapPath)).toBe(200);
    expect(await cluster.statusFor(`${named}rdma-shared-dp-config`)).toBe(200);
    const others = [
      configMaps,
      `${configMaps}?watch=1`,
      `${named}kube-root-ca.crt`,
      `${configMaps}?fieldSelector=metadata.name%3Drdma-shared-dp-config`,
      `/api/v1/namespaces/${namespace}/secrets`,
      '/api/v1/nodes',
      '/api/v1/pods',
    ];
    for (const path of others) expect([path, await cluster.statusFor(path)]).toEqual([path, 403]);
  });

  it('has requested nothing else in these tests', () => {
    const requests = auditedRequests(cluster.server.auditLog).filter(({ agent }) => agent === 'rdma-shared-dp');
    const kinds = new Set(requests.map(({ user, verb, uri }) => `${user} ${verb} ${uri}`));
    const account = `system:serviceaccount:${namespace}:rdma-shared-dp`;
    // A client whose token is rejected has no user name in the log.
    expect([...kinds].toSorted()).toEqual(
      [...['get', 'watch'].map((verb) => [` ${verb} `, `${account} ${verb} `])]
        .flat()
        .map((start) => `${start}${start.includes('watch') ? configMaps : configMapPath}`)
        .toSorted(),
    );
    expect(requests.length).toBeGreaterThan(20);
  });
});
