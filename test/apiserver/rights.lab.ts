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

describeTier('a program with exactly the rights of deploy/', () => {
  const shared = sharedCluster();
  let cluster: RealCluster;
  let pod: PluginPod;
  beforeEach(async () => {
    cluster = await shared();
    await cluster.set(4);
  });
  afterEach(() => pod.close());

  /** A watch ends when its server does; clients that come back are judged anew. */
  async function endWatches(): Promise<void> {
    await cluster.server.killServer();
    await cluster.server.startServer();
  }

  it('follows its settings beyond the end of its token, is told when it is judged anew, and takes a renewed one', async () => {
    const token = cluster.token(5);
    pod = await PluginPod.on(cluster, { token });
    pod.start();
    await pod.reach(4);
    await until('the token has expired', async () => (await cluster.statusFor(configMapPath, token)) === 401, 100);
    await cluster.set(5);
    await pod.reach(5);
    await endWatches();
    await pod.tells('KUBERNETES_TOKEN_REJECTED');
    expect(await pod.shares()).toBe(5);
    await cluster.set(6);
    const since = performance.now();
    pod.files.renew({ token: cluster.token() });
    noteTime(
      'token renewed, after it had expired, to the newest settings in force',
      parts,
      (await pod.reach(6)) - since,
    );
    expect(pod.told('KUBERNETES_TOKEN_REJECTED')).toHaveLength(1);
  });

  it('goes over to a token that is renewed in time, and nothing is told', async () => {
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
    expect(pod.told('KUBERNETES_TOKEN_REJECTED')).toEqual([]);
  });

  it('waits with an expired token at its start', async () => {
    pod = await PluginPod.on(cluster, { token: cluster.token(-5) });
    pod.start();
    await pod.tells('KUBERNETES_TOKEN_REJECTED');
    pod.files.renew({ token: cluster.token() });
    await pod.reach(4);
  });

  it('believes no server that its CA does not vouch for, till it has the right one', async () => {
    pod = await PluginPod.on(cluster, { ca: tlsFixture('other-ca.crt') });
    pod.start();
    await pod.tells('KUBERNETES_CERTIFICATE_INVALID');
    pod.files.renew({ 'ca.crt': cluster.server.ca });
    await pod.reach(4);
  });

  it('keeps its settings when its rights are taken away, names the missing rule, and goes on when that is given', async () => {
    pod = await PluginPod.on(cluster);
    pod.start();
    await pod.reach(4);
    const { giveBack } = await cluster.takeAway('Role');
    await until('the rights are gone', async () => !(await cluster.mayRead()));
    // A watch is judged when it is opened.
    await cluster.set(5);
    await pod.reach(5);
    await endWatches();
    const { remedy } = await pod.tells('KUBERNETES_FORBIDDEN');
    expect(await pod.shares()).toBe(5);
    await cluster.set(6);
    await giveBack(parseYaml(remedy.slice(remedy.indexOf('{'))));
    const since = performance.now();
    noteTime('rights given back to the newest settings in force', parts, (await pod.reach(6)) - since);
    expect(pod.told('KUBERNETES_FORBIDDEN')).toHaveLength(1);
  });

  it('may read its ConfigMap and nothing beside it', async () => {
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

  it('has asked, in all of the above, for nothing else', () => {
    const asked = auditedRequests(cluster.server.auditLog).filter(({ agent }) => agent === 'rdma-shared-dp');
    const kinds = new Set(asked.map(({ user, verb, uri }) => `${user} ${verb} ${uri}`));
    const account = `system:serviceaccount:${namespace}:rdma-shared-dp`;
    // Whoever is refused for his token has no name.
    expect([...kinds].toSorted()).toEqual(
      [...['get', 'watch'].map((verb) => [` ${verb} `, `${account} ${verb} `])]
        .flat()
        .map((start) => `${start}${start.includes('watch') ? configMaps : configMapPath}`)
        .toSorted(),
    );
    expect(asked.length).toBeGreaterThan(20);
  });
});
