// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { array, looseObject, number, parse, string } from 'valibot';
import { parse as parseYaml } from 'yaml';
import { until } from '../support/processes.ts';
import { describeTier } from '../support/tier-group.ts';
import { auditedRequests } from './audit-log.ts';
import { PluginPod, nodeName } from './plugin-pod.ts';
import { type RealCluster, sharedCluster } from './real-cluster.ts';
import { type ApiObject, accessOf, collectionOf } from './shipped-access.ts';

const eventsPath = '/api/v1/namespaces/default/events';
const listShape = looseObject({
  items: array(looseObject({ type: string(), reason: string(), message: string(), count: number() })),
});
const components = ['kubernetes-settings', 'node-events'];

describeTier('Events of the Node on a real API server', () => {
  const shared = sharedCluster();
  let cluster: RealCluster;
  let pod: PluginPod;
  beforeAll(async () => {
    cluster = await shared();
  });
  beforeEach(async () => {
    await cluster.set(4);
    pod = await PluginPod.on(cluster, { components });
    pod.start();
    await pod.reach(4);
  });
  afterEach(() => pod.close());

  /** Gets Events with the selectors of `kubectl describe node`. */
  async function events(
    reason: string,
  ): Promise<readonly { readonly type: string; readonly message: string; readonly count: number }[]> {
    const selector = `involvedObject.kind=Node,involvedObject.name=${nodeName},involvedObject.uid=${nodeName},reason=${reason}`;
    return parse(
      listShape,
      await cluster.server.admin.must('GET', `${eventsPath}?fieldSelector=${encodeURIComponent(selector)}`),
    ).items;
  }

  async function create(objects: readonly ApiObject[]): Promise<void> {
    for (const object of objects) await cluster.server.admin.must('POST', collectionOf(object), object);
  }

  it('are posted after the missing permission is granted, whose rule is logged once', async () => {
    await cluster.set('{"configList": 3}');
    const { remedy } = await pod.logged('KUBERNETES_EVENTS_FORBIDDEN');
    const grant = accessOf('node-events');
    expect(grant).toContainEqual(
      expect.objectContaining({ kind: 'Role', rules: [parseYaml(remedy.slice(remedy.indexOf('{')))] }),
    );
    await create(grant);
    const [event] = await until('the Event', async () => {
      const found = await events('RdmaSettingsRejected');
      return found.length > 0 && found;
    });
    expect(event).toMatchObject({
      type: 'Warning',
      count: 1,
      message: expect.stringMatching(/^Settings rejected; keeping the previous ones: generation 1, .*configList is 3/),
    });
    expect(pod.logLines('KUBERNETES_EVENTS_FORBIDDEN')).toHaveLength(1);
    expect(await pod.shares()).toBe(4);
  });

  it('state the applied settings, and need no other permission', async () => {
    await cluster.set(6);
    await pod.reach(6);
    await until('the Event', async () =>
      (await events('RdmaSettingsApplied')).some(({ message }) =>
        message.startsWith('Settings applied: generation 2, '),
      ),
    );
    const requests = auditedRequests(cluster.server.auditLog).filter(
      ({ agent, uri }) => agent === 'rdma-shared-dp' && uri.includes('/events'),
    );
    expect(new Set(requests.map(({ verb, uri }) => `${verb} ${uri}`))).toEqual(new Set([`create ${eventsPath}`]));
  });
});
