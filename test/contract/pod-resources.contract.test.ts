// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { KubeletPodResources } from '#adapters/kubelet/pod-resources/client.ts';
import type { ShareHolder } from '#domain/offer/share-holder.ts';
import { KubeletWorld } from '../adapters/fake-kubelet/kubelet-world.ts';
import { devicesNamed } from '../adapters/fake-kubelet/test-plugin.ts';
import { HeldPodResources } from '../support/held-pod-resources.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { SilentServer } from '../support/silent-server.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { type PodResourcesStage, podResourcesContract, stageResources, stageShareIds } from './pod-resources.suite.ts';

async function heldStage(): Promise<PodResourcesStage> {
  const podResources = new HeldPodResources([]);
  let holders: readonly ShareHolder[] = [];
  const hold = async (held: readonly ShareHolder[]): Promise<void> => {
    holders = held;
    podResources.holders = held;
    await Promise.resolve();
  };
  return await Promise.resolve({
    podResources,
    clock: new SteppedClock(),
    start: async (more) => await hold([...holders, ...more]),
    remove: async ({ pod }) => await hold(holders.filter((holder) => holder.pod !== pod)),
    fail: async () => {
      podResources.holders = null;
      await Promise.resolve();
    },
    repair: async () => await hold(holders),
    calls: () => podResources.calls,
    close: async () => await Promise.resolve(),
  });
}

/** How a kubelet becomes one that cannot be asked, and how that ends. */
interface Failure {
  readonly fail: (node: KubeletNode) => Promise<void>;
  readonly repair: (node: KubeletNode) => Promise<void>;
}

/** A fake kubelet with a plugin for each resource, whose pods get exactly the shares that a test names. */
class KubeletNode {
  readonly world = new KubeletWorld();
  readonly socket = join(this.world.podResources, 'kubelet.sock');
  readonly silent = new SilentServer(this.socket);
  readonly clock = new SteppedClock();
  readonly podResources = new KubeletPodResources({
    socket: this.socket,
    clock: this.clock,
    logger: new RecordedLog(),
  });
  private wanted: readonly ShareHolder[] = [];

  async begin(): Promise<void> {
    await this.world.kubelet.start();
    for (const resource of stageResources) await this.world.registered(resource, this.pluginOptions(resource));
  }

  async start(holders: readonly ShareHolder[]): Promise<void> {
    this.wanted = holders;
    const [{ namespace, pod: name } = { namespace: '', pod: '' }] = holders;
    const containers = [...new Set(holders.map(({ container }) => container))].map((container) => ({
      name: container,
      limits: Object.fromEntries(
        holders
          .filter((holder) => holder.container === container)
          .map(({ resource, shareIds }) => [resource, shareIds.length]),
      ),
    }));
    const admission = await this.world.kubelet.admit({ namespace, name, containers });
    if (!admission.admitted) throw new Error(admission.message);
  }

  async close(): Promise<void> {
    await this.silent.close();
    await this.world.end();
  }

  /** Containers are allocated in order, so the next one is the first that the list still has. */
  private pluginOptions(resource: string) {
    const preferred = (): readonly string[] => {
      const next = this.wanted.find((holder) => holder.resource === resource);
      this.wanted = this.wanted.filter((holder) => holder !== next);
      return next?.shareIds ?? [];
    };
    return { devices: devicesNamed(...stageShareIds), preferred };
  }
}

const hangs = { kind: 'hang' } as const;
const breaks = { kind: 'error', message: 'failed to retrieve pods' } as const;
const often = 10;

const failures: Readonly<Record<string, Failure>> = {
  'is killed': {
    fail: async ({ world }) => await world.kubelet.stop(),
    repair: async ({ world }) => await world.kubelet.start(),
  },
  'has no socket': {
    fail: async ({ world, socket }) => {
      await world.kubelet.stop();
      rmSync(socket);
    },
    repair: async ({ world }) => await world.kubelet.start(),
  },
  'is frozen': {
    fail: async ({ world, silent }) => {
      await world.kubelet.stop();
      await silent.listen();
    },
    repair: async ({ world, silent }) => {
      await silent.close();
      await world.kubelet.start();
    },
  },
  'does not answer': {
    fail: async ({ world }) => await Promise.resolve(world.kubelet.faults.inject('listPodResources', hangs, often)),
    repair: async ({ world }) => await Promise.resolve(world.kubelet.faults.clear()),
  },
  'answers with an error': {
    fail: async ({ world }) => await Promise.resolve(world.kubelet.faults.inject('listPodResources', breaks, often)),
    repair: async ({ world }) => await Promise.resolve(world.kubelet.faults.clear()),
  },
  'was asked too often': {
    fail: async ({ podResources }) => {
      while ((await podResources.list(() => false)) !== null);
    },
    repair: async ({ world }) => await world.clock.step(1_000),
  },
};

async function kubeletStage({ fail, repair }: Failure): Promise<PodResourcesStage> {
  const node = new KubeletNode();
  await node.begin();
  const { podResources, clock, world } = node;
  return {
    podResources,
    clock,
    start: async (holders) => await node.start(holders),
    remove: async ({ namespace, pod }) => await world.kubelet.remove({ namespace, name: pod }),
    fail: async () => await fail(node),
    repair: async () => await repair(node),
    calls: () => world.kubelet.faults.seen('listPodResources'),
    close: async () => await node.close(),
  };
}

podResourcesContract('in memory', heldStage);
for (const [words, failure] of Object.entries(failures))
  podResourcesContract(`a kubelet that ${words} at times`, async () => await kubeletStage(failure));
