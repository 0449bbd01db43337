// SPDX-License-Identifier: Apache-2.0
import { afterAll } from '@jest/globals';
import { looseObject, parse, string } from 'valibot';
import { until } from '../support/processes.ts';
import { RealApiServer } from './real-api-server.ts';
import { type TokenSubject, serviceAccountToken } from './service-account-token.ts';
import { type ApiObject, accessOf, collectionOf } from './shipped-access.ts';

/** Where deploy/ puts all of it, and the names there. */
export const namespace = 'kube-system';
export const accountName = 'rdma-shared-dp';
export const configMapPath = `/api/v1/namespaces/${namespace}/configmaps/rdma-shared-dp-config`;

const madeShape = looseObject({ metadata: looseObject({ uid: string() }) });

/** Settings of one resource with so many shares. */
export function settingsOf(rdmaHcaMax: number): string {
  return JSON.stringify({ configList: [{ resourceName: 'hca_shared', rdmaHcaMax, selectors: { vendors: ['15b3'] } }] });
}

/** A real API server with the ServiceAccount and exactly the rights that deploy/ gives to the program, and a ConfigMap of settings. */
export class RealCluster {
  private constructor(
    readonly server: RealApiServer,
    private readonly account: TokenSubject,
  ) {}

  static async start(): Promise<RealCluster> {
    const server = await RealApiServer.start();
    try {
      const made = [];
      for (const object of accessOf('kubernetes-settings'))
        made.push({ object, answer: await server.admin.must('POST', collectionOf(object), object) });
      const account = made.find(({ object }) => object.kind === 'ServiceAccount')?.answer;
      const { uid } = parse(madeShape, account).metadata;
      const cluster = new RealCluster(server, { namespace, name: accountName, uid });
      await cluster.set(4);
      await until('the rights are in force', () => cluster.mayRead());
      return cluster;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** A token of the ServiceAccount that the API server takes for so many seconds. */
  token(seconds = 3_600): string {
    return serviceAccountToken(this.server.signingKey, this.account, seconds);
  }

  /** Resolves when the API server has taken it. A number is settings with so many shares. */
  async set(settings: number | string): Promise<void> {
    const data = { 'config.json': typeof settings === 'number' ? settingsOf(settings) : settings };
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'rdma-shared-dp-config', namespace },
      data,
    };
    const { status } = await this.server.admin.call('PUT', configMapPath, object);
    if (status === 404) await this.server.admin.must('POST', collectionOf(object), object);
    else if (status !== 200) throw new Error(`the ConfigMap was not changed: ${status}`);
  }

  async remove(): Promise<void> {
    await this.server.admin.must('DELETE', configMapPath);
  }

  /** What the ServiceAccount gets for one request: a status. */
  async statusFor(path: string, token = this.token()): Promise<number> {
    const user = this.server.user(token);
    try {
      return (await user.call('GET', path)).status;
    } finally {
      user.close();
    }
  }

  async mayRead(): Promise<boolean> {
    return (await this.statusFor(configMapPath)) === 200;
  }

  /** Takes the shipped right of that kind away, a RoleBinding or a ClusterRoleBinding and the role that it gives; `giveBack` gives it, with other rules. */
  async takeAway(kind: 'Role' | 'ClusterRole'): Promise<{ readonly giveBack: (rule: unknown) => Promise<void> }> {
    const [role, binding] = [this.shipped(kind), this.shipped(`${kind}Binding`)];
    const { admin } = this.server;
    for (const object of [binding, role]) await admin.must('DELETE', `${collectionOf(object)}/${object.metadata.name}`);
    return {
      giveBack: async (rule) => {
        await admin.must('POST', collectionOf(role), { ...role, rules: [rule] });
        await admin.must('POST', collectionOf(binding), binding);
      },
    };
  }

  private shipped(kind: string): ApiObject {
    const found = accessOf('kubernetes-settings').find((object) => object.kind === kind);
    if (found === undefined) throw new Error(`deploy/ has no ${kind}`);
    return found;
  }
}

/** One for all tests of the group that is being described, made when it is first needed and closed after them. */
export function sharedCluster(): () => Promise<RealCluster> {
  let made: Promise<RealCluster> | null = null;
  afterAll(async () => {
    const cluster = await made?.catch(() => null);
    await cluster?.server.close();
  });
  return () => (made ??= RealCluster.start());
}
