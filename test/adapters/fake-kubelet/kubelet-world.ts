// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import type { FakeKubeletOptions } from '#adapters/fake-kubelet/fake-kubelet-settings.ts';
import { when } from '#adapters/fake-kubelet/time/when.ts';
import { seededRandom } from '#adapters/fake-kubelet/device-manager/random-choice.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import type { RegisterRequest } from '#adapters/kubelet-api/generated/deviceplugin.ts';
import { registrationService } from '#adapters/kubelet-api/services.ts';
import type { ContainerRequest, PodRequest, ResourceStatus } from '#adapters/fake-kubelet/fake-kubelet-control.ts';
import { SteppedClock, settle } from '../../support/stepped-clock.ts';
import { TestPlugin, type TestPluginOptions } from './test-plugin.ts';

/** Far more than anything here takes: a bound on hanging, not a measure. */
const LIVENESS_MS = 8000;

/** A kubelet in directories of its own, with a clock that a test steps, and the plugins that a test starts. */
export class KubeletWorld {
  readonly clock = new SteppedClock();
  readonly root = mkdtempSync(join(tmpdir(), 'fk-'));
  readonly dir = join(this.root, 'dp');
  readonly registry = join(this.root, 'pr');
  readonly kubelet: FakeKubelet;
  readonly plugins: TestPlugin[] = [];

  constructor(options: Partial<FakeKubeletOptions> = {}) {
    const { dir, registry, clock } = this;
    this.kubelet = new FakeKubelet({
      devicePluginsDir: dir,
      pluginsRegistryDir: registry,
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

  /** A plugin that has registered and whose list has arrived. */
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

  /** Calls Register as a plugin does; rejects with the error of grpc. */
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
    return when(this.kubelet, new SystemClock(), what, LIVENESS_MS, async () =>
      holds(await this.kubelet.devices(resource)),
    );
  }

  /** Steps the clock by `ms` again and again, letting real sockets work in between, until `holds`. */
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

/** Lets sockets carry what was sent. */
async function eventually(): Promise<void> {
  await settle();
  await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Waits for what has no listener: looks again and again. */
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
