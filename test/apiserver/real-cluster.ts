// SPDX-License-Identifier: Apache-2.0
import { afterAll } from '@jest/globals';
import { looseObject, parse, string } from 'valibot';
import { until } from '../support/processes.ts';
import { RealApiServer } from './real-api-server.ts';
import { type TokenSubject, serviceAccountToken } from './service-account-token.ts';
import { type ApiObject, accessOf, collectionOf } from './shipped-access.ts';

/** The namespace and names of deploy/. */
export const namespace = 'kube-system';
const accountName = 'rdma-shared-dp';
export const configMapPath = `/api/v1/namespaces/${namespace}/configmaps/rdma-shared-dp-config`;

const createdShape = looseObject({ metadata: looseObject({ uid: string() }) });

/** Returns settings of one resource with so many shares. */
export function settingsOf(rdmaHcaMax: number): string {
  return JSON.stringify({ configList: [{ resourceName: 'hca_shared', rdmaHcaMax, selectors: { vendors: ['15b3'] } }] });
}

/** A real API server with the ServiceAccount and exactly the permissions of deploy/, and a ConfigMap of settings. */
export class RealCluster {
  private constructor(
    readonly server: RealApiServer,
    private readonly account: TokenSubject,
  ) {}

  static async start(): Promise<RealCluster> {
    const server = await RealApiServer.start();
    try {
      const created = [];
      for (const object of accessOf('kubernetes-settings'))
        created.push({ object, response: await server.admin.must('POST', collectionOf(object), object) });
      const account = created.find(({ object }) => object.kind === 'ServiceAccount')?.response;
      const { uid } = parse(createdShape, account).metadata;
      const cluster = new RealCluster(server, { namespace, name: accountName, uid });
      await cluster.set(4);
      await until('the permissions take effect', () => cluster.mayRead());
      return cluster;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** Returns a token of the ServiceAccount that the API server accepts for so many seconds. */
  token(seconds = 3_600): string {
    return serviceAccountToken(this.server.signingKey, this.account, seconds);
  }

  /** Resolves when the API server has accepted the settings. A number means settings with so many shares. */
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

  /** Returns the status of a GET by the ServiceAccount. */
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

  /** Deletes the role of that kind of deploy/ and its binding. `grant` creates them again, with another rule. */
  async revoke(kind: 'Role' | 'ClusterRole'): Promise<{ readonly grant: (rule: unknown) => Promise<void> }> {
    const [role, binding] = [this.shipped(kind), this.shipped(`${kind}Binding`)];
    const { admin } = this.server;
    for (const object of [binding, role]) await admin.must('DELETE', `${collectionOf(object)}/${object.metadata.name}`);
    return {
      grant: async (rule) => {
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

/** Returns one cluster for all tests of a group. It starts when it is first needed and closes after them. */
export function sharedCluster(): () => Promise<RealCluster> {
  let shared: Promise<RealCluster> | null = null;
  afterAll(async () => {
    const cluster = await shared?.catch(() => null);
    await cluster?.server.close();
  });
  return () => (shared ??= RealCluster.start());
}
