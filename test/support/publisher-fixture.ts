// SPDX-License-Identifier: Apache-2.0
import type { Server } from 'node:net';
import { join } from 'node:path';
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import type { FakeKubeletOptions } from '#adapters/fake-kubelet/options.ts';
import type { KubeletGeneration } from '#adapters/fake-kubelet/options.ts';
import { waitUntil } from '#adapters/fake-kubelet/time/wait-until.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { KubeletResourcePublisher } from '#adapters/kubelet/resource-publisher.ts';
import {
  type RegistrationMethod,
  type RegistrationMode,
  directoryOf,
  registrationMethods,
} from '#adapters/kubelet/registration/method.ts';
import type { RegistrationParts } from '#adapters/kubelet/registration/parts.ts';
import type { Hca } from '#domain/hca/hca.ts';
import { type Plan, emptyPlan, plan } from '#domain/offer/plan.ts';
import type { ResourceSettings } from '#domain/settings/settings.ts';
import { AcceleratedClock } from './accelerated-clock.ts';
import { aResource, anHca, anInventory, settingsOf } from './hca-fixture.ts';
import { NodeFixture, livenessMs } from './node-fixture.ts';
import { SilentServer } from './silent-server.ts';
import { SteppedClock } from './stepped-clock.ts';

const kubeletGenerations: readonly KubeletGeneration[] = ['K1', 'K2'];
export const kubeletKinds = kubeletGenerations.flatMap((generation) =>
  registrationMethods.map((method) => ({ generation, method })),
);

export const twoHcas = [anHca(0), anHca(1)];
export const nodesOfTwoHcas = ['uverbs0', 'uverbs1', 'umad0', 'umad1', 'rdma_cm'].map(
  (name) => `/dev/infiniband/${name}`,
);

/** The kubelet's own periods, such as the second of its plugin watcher, pass ten times as fast. */
function kubeletClock(): AcceleratedClock {
  return new AcceleratedClock(new SystemClock(), 10);
}

export interface SteppedPublisher {
  readonly publisher: KubeletResourcePublisher;
  readonly clock: SteppedClock;
}

/** A node with a fake kubelet, and publishers of `rdma/hca` on it. All of it ends with `close`. */
export class PublisherFixture {
  readonly node: NodeFixture;
  private plan: Plan = emptyPlan;

  constructor(options: Partial<FakeKubeletOptions> = {}) {
    this.node = new NodeFixture({ clock: kubeletClock(), ...options });
  }

  get kubelet(): FakeKubelet {
    return this.node.kubelet;
  }

  get kubeletSocket(): string {
    return join(this.node.directories.devicePlugins, 'kubelet.sock');
  }

  directory(method: RegistrationMethod): string {
    return directoryOf(method, this.node.directories);
  }

  publisher(mode: RegistrationMode, change: Partial<RegistrationParts> = {}): KubeletResourcePublisher {
    const publisher = new KubeletResourcePublisher(this.node.parts(mode, change), null);
    this.node.onClose(() => publisher.stop());
    return publisher;
  }

  /** A publisher whose time the test moves. */
  steppedPublisher(mode: RegistrationMode): SteppedPublisher {
    const clock = new SteppedClock();
    const publisher = new KubeletResourcePublisher(this.node.parts(mode, { clock }), null);
    this.node.onClose(async () => {
      const stopped = publisher.stop();
      await clock.step(1_000);
      await stopped;
    });
    return { publisher, clock };
  }

  /** A publisher that serves both HCAs by the method to a kubelet that runs. */
  async served(method: RegistrationMode): Promise<KubeletResourcePublisher> {
    const publisher = this.publisher(method);
    await publisher.start();
    await this.kubelet.start();
    this.publish(publisher);
    await this.reach(3);
    return publisher;
  }

  /** The same with a publisher whose time the test moves. */
  async servedInSteps(method: RegistrationMode): Promise<SteppedPublisher> {
    const stepped = this.steppedPublisher(method);
    await stepped.publisher.start();
    await this.kubelet.start();
    this.publish(stepped.publisher);
    await this.stepToAllShares(stepped.clock);
    return stepped;
  }

  publish(
    publisher: KubeletResourcePublisher,
    hcas: readonly Hca[] = twoHcas,
    resources: readonly ResourceSettings[] = [aResource()],
  ): void {
    this.plan = plan(settingsOf(...resources), anInventory(hcas), this.plan);
    publisher.publish(this.plan.offers);
  }

  /** Waits until the kubelet reports this many healthy shares. */
  async reach(healthy: number, resource = 'rdma/hca'): Promise<void> {
    await this.node.reach(resource, healthy);
  }

  async healthyShares(): Promise<number | undefined> {
    return (await this.kubelet.devices('rdma/hca'))?.healthy.length;
  }

  /** Moves the clock until the kubelet has all three shares. Returns how much time passed on it. */
  async stepToAllShares(clock: SteppedClock, stepMs = 10): Promise<number> {
    const since = clock.now();
    while ((await this.healthyShares()) !== 3) await clock.step(stepMs);
    return clock.now() - since;
  }

  /** Starts a pod with this many shares. Returns its device nodes, or why the kubelet does not admit it. */
  async admit(shares: number, name = 'pod', kubelet = this.kubelet): Promise<readonly string[] | string> {
    const containers = [{ name: 'main', limits: { 'rdma/hca': shares } }];
    const admission = await kubelet.admit({ namespace: 'test', name, containers });
    if (!admission.admitted) return admission.message;
    return admission.containers.flatMap(({ deviceNodes }) => deviceNodes.map(({ hostPath }) => hostPath));
  }

  /** Starts another kubelet over the same directories. Resolves when it has all three shares. */
  async startOtherKubelet(options: Partial<FakeKubeletOptions>): Promise<FakeKubelet> {
    const { devicePlugins, pluginsRegistry } = this.node.directories;
    const other = new FakeKubelet({
      devicePluginsDir: devicePlugins,
      pluginsRegistryDir: pluginsRegistry,
      clock: kubeletClock(),
      ...options,
    });
    this.node.onClose(() => other.stop());
    await other.start();
    await waitUntil(
      other,
      this.node.clock,
      'all shares are registered',
      livenessMs,
      async () => (await other.devices('rdma/hca'))?.healthy.length === 3,
    );
    return other;
  }

  /** Listens on a socket, but answers nothing, until the fixture is closed. */
  async listenSilently(path: string): Promise<Server> {
    const silent = new SilentServer(path);
    this.node.onClose(() => silent.close());
    return await silent.listen();
  }

  async close(): Promise<void> {
    await this.node.close();
  }
}
