// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import type { FakeKubeletOptions } from '#adapters/fake-kubelet/options.ts';
import { waitUntil } from '#adapters/fake-kubelet/time/wait-until.ts';
import { seededRandom } from '#adapters/fake-kubelet/device-manager/random-choice.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import type { RegisterRequest } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { registrationService } from '#adapters/kubelet-api/services.ts';
import type { ResourceStatus } from '#adapters/fake-kubelet/device-manager/device-table.ts';
import type { ContainerRequest, PodRequest } from '#adapters/fake-kubelet/device-manager/pod.ts';
import { SteppedClock, settle } from '../../support/stepped-clock.ts';
import { TestPlugin, type TestPluginOptions } from './test-plugin.ts';

/** The limit for any wait on real sockets: far longer than any of them takes. */
const LIVENESS_MS = 8000;

/** A fake kubelet in its own directories, with a clock that the test steps, and the plugins that the test starts. */
export class KubeletWorld {
  readonly clock = new SteppedClock();
  readonly root = mkdtempSync(join(tmpdir(), 'fk-'));
  readonly dir = join(this.root, 'dp');
  readonly registry = join(this.root, 'pr');
  readonly podResources = join(this.root, 'po');
  readonly kubelet: FakeKubelet;
  readonly plugins: TestPlugin[] = [];

  constructor(options: Partial<FakeKubeletOptions> = {}) {
    const { dir, registry, podResources, clock } = this;
    this.kubelet = new FakeKubelet({
      devicePluginsDir: dir,
      pluginsRegistryDir: registry,
      podResourcesDir: podResources,
      clock,
      random: seededRandom(1),
      ...options,
    });
  }

  async end(): Promise<void> {
    await this.kubelet.stop();
    for (const plugin of this.plugins) plugin.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  async plugin(
    resource: string,
    options: TestPluginOptions & { readonly socket?: string; readonly dir?: string } = {},
  ): Promise<TestPlugin> {
    const path = join(options.dir ?? this.dir, options.socket ?? `p${this.plugins.length}.sock`);
    const plugin = new TestPlugin(path, resource, options);
    this.plugins.push(plugin);
    await plugin.listen();
    return plugin;
  }

  /** Starts a plugin and resolves when it is registered and its list has arrived. */
  async registered(
    resource: string,
    options: TestPluginOptions & { readonly socket?: string } = {},
  ): Promise<TestPlugin> {
    const plugin = await this.plugin(resource, options);
    await this.register(plugin);
    await this.until(`${resource} is listed`, (status) => status?.capacity === plugin.devices.length, resource);
    return plugin;
  }

  register(plugin: TestPlugin): Promise<void> {
    return this.call({ endpoint: basename(plugin.path), resourceName: plugin.resource });
  }

  /** Calls Register as a plugin does. Rejects with the gRPC error. */
  call(request: Partial<RegisterRequest>): Promise<void> {
    const client = new Client(`unix:${join(this.dir, 'kubelet.sock')}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    const { path, requestSerialize, responseDeserialize } = registrationService.register;
    const full = { version: 'v1beta1', endpoint: '', resourceName: '', options: null, ...request };
    return new Promise<void>((resolve, reject) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, full, (error) =>
        error === null ? resolve() : reject(error),
      );
    }).finally(() => client.close());
  }

  until(what: string, holds: (status: ResourceStatus | null) => boolean, resource: string): Promise<void> {
    return waitUntil(this.kubelet, new SystemClock(), what, LIVENESS_MS, async () =>
      holds(await this.kubelet.devices(resource)),
    );
  }

  /** Steps the clock by `ms` until `holds` is true. Lets real sockets work between the steps. */
  async stepUntil(what: string, ms: number, holds: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + LIVENESS_MS;
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`${what}: not within ${LIVENESS_MS} ms`);
      await this.clock.step(ms);
      await eventually();
    }
  }

  async allocatable(resource: string): Promise<number | null> {
    return (await this.kubelet.devices(resource))?.allocatable ?? null;
  }
}

/** Gives real sockets time to deliver. */
async function eventually(): Promise<void> {
  await settle();
  await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Polls `holds` until it is true, for conditions that nothing reports. */
export async function eventuallyTrue(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + LIVENESS_MS;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${LIVENESS_MS} ms`);
    await eventually();
  }
}

export function pod(name: string, ...limits: readonly Readonly<Record<string, number>>[]): PodRequest {
  const containers = limits.map((each, i): ContainerRequest => ({ name: `c${i}`, limits: each }));
  return { namespace: 'default', name, containers };
}
