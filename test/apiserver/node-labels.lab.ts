// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeAll, expect, it } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { until } from '../support/processes.ts';
import { describeTier } from '../support/tier-group.ts';
import { auditedRequests } from './audit-log.ts';
import { PluginPod, nodeName } from './plugin-pod.ts';
import { type RealCluster, configMapPath, sharedCluster } from './real-cluster.ts';

const nodePath = `/api/v1/nodes/${nodeName}`;
const resource = (rdmaHcaMax: number): object => ({
  resourceName: 'hca_shared',
  rdmaHcaMax,
  selectors: { vendors: ['15b3'] },
});
const byLabel = JSON.stringify({
  configList: [resource(4)],
  nodes: [
    { match: { labels: { rack: 'a' } }, configList: [resource(9)] },
    { match: { labels: { rack: 'b' } }, configList: [resource(11)] },
  ],
});

describeTier('settings that select nodes by label, on a real API server', () => {
  const shared = sharedCluster();
  let cluster: RealCluster;
  let pod: PluginPod;
  beforeAll(async () => {
    cluster = await shared();
    await cluster.server.admin.must('POST', '/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: nodeName, labels: { rack: 'a' } },
    });
    await cluster.set(byLabel);
  });
  afterEach(() => pod.close());

  it('are applied by the labels of this node', async () => {
    pod = await PluginPod.on(cluster);
    pod.start();
    await pod.reach(9);
  });

  it('are applied after the permission to read the Node is granted, whose missing rule is logged', async () => {
    const { grant } = await cluster.revoke('ClusterRole');
    await until('the permission is revoked', async () => (await cluster.statusFor(nodePath)) === 403);
    pod = await PluginPod.on(cluster);
    pod.start();
    const { remedy } = await pod.logged('KUBERNETES_NODE_FORBIDDEN');
    expect(await pod.shares()).toBe(0);
    await grant(parseYaml(remedy.slice(remedy.indexOf('{'))));
    await pod.reach(9);
    expect(pod.logLines('KUBERNETES_NODE_FORBIDDEN')).toHaveLength(1);
  });

  it('need a get of this Node, and of no other', () => {
    const requests = auditedRequests(cluster.server.auditLog).filter(({ agent }) => agent === 'rdma-shared-dp');
    expect([...new Set(requests.map(({ verb, uri }) => `${verb} ${uri}`))].toSorted()).toEqual([
      `get ${configMapPath}`,
      `get ${nodePath}`,
      `watch ${configMapPath.replace(/\/[^/]*$/, '')}`,
    ]);
  });
});
