// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ShareHolder } from '#domain/offer/share-holder.ts';
import type { PodResources } from '#ports/pod-resources.ts';
import { livenessMs } from '../support/node-fixture.ts';
import type { SteppedClock } from '../support/stepped-clock.ts';

/** A node with pods that a test starts, and the implementation that lists them. */
export interface PodResourcesStage {
  readonly podResources: PodResources;
  /** The clock of the implementation. */
  readonly clock: SteppedClock;
  /** Starts one pod whose containers hold these shares, of `stageResources` and with ids in `stageShareIds`. */
  start(holders: readonly ShareHolder[]): Promise<void>;
  remove(pod: Pick<ShareHolder, 'namespace' | 'pod'>): Promise<void>;
  /** From now on, the kubelet cannot be asked; `repair` ends that. */
  fail(): Promise<void>;
  repair(): Promise<void>;
  /** How often the kubelet was asked. */
  calls(): number;
  close(): Promise<void>;
}

export const stageResources = ['rdma/hca', 'rdma/other', 'vendor.example/gpu'];
export const stageShareIds = Array.from({ length: 12 }, (_, number) => String(number));

const fewSecondsMs = 5_000;
const everyResource = (): boolean => true;

function holder(pod: string, container: string, resource: string, ...shareIds: readonly string[]): ShareHolder {
  return { namespace: 'train', pod, container, resource, shareIds };
}

/** Runs the contract of PodResources over an implementation. */
export function podResourcesContract(implementation: string, createStage: () => Promise<PodResourcesStage>): void {
  describe(`PodResources: ${implementation}`, () => {
    let stage: PodResourcesStage;
    beforeEach(async () => {
      stage = await createStage();
    }, livenessMs);
    afterEach(() => stage.close(), livenessMs);

    /** Steps the clock until the list resolves, and by no more than a few seconds. */
    async function listInSteps(): Promise<readonly ShareHolder[] | null> {
      const results: (readonly ShareHolder[] | null)[] = [];
      void stage.podResources.list(everyResource).then((result) => results.push(result));
      const until = stage.clock.now() + fewSecondsMs;
      while (results.length === 0 && stage.clock.now() < until) await stage.clock.step(100);
      const [result] = results;
      if (result === undefined) throw new Error('the list does not resolve within a few seconds');
      return result;
    }

    const test = (behavior: string, run: () => Promise<void>): void => it(behavior, run, livenessMs);

    test('lists nobody on a node without pods', async () => {
      expect(await stage.podResources.list(everyResource)).toEqual([]);
    });

    test('lists each container once for each resource, with its ids in natural order', async () => {
      const holders = [
        holder('a', 'main', 'rdma/hca', '0', '2', '10'),
        holder('a', 'main', 'rdma/other', '1'),
        holder('a', 'sidecar', 'rdma/hca', '3'),
      ];
      await stage.start(holders);
      expect(await stage.podResources.list(everyResource)).toEqual(holders);
    });

    test('lists pods in the order of their names, not of their start', async () => {
      for (const [number, pod] of ['worker-10', 'worker-9', 'launcher', 'worker-1'].entries())
        await stage.start([holder(pod, 'main', 'rdma/hca', String(number))]);
      const pods = (await stage.podResources.list(everyResource))?.map(({ pod }) => pod);
      expect(pods).toEqual(['launcher', 'worker-1', 'worker-9', 'worker-10']);
    });

    test('leaves out resources that are not wanted, for each caller', async () => {
      const [gpu, hca] = [holder('a', 'main', 'vendor.example/gpu', '5'), holder('a', 'main', 'rdma/hca', '7')];
      await stage.start([gpu, hca]);
      const lists = await Promise.all([
        stage.podResources.list((resource) => resource === 'rdma/hca'),
        stage.podResources.list((resource) => resource === 'vendor.example/gpu'),
        stage.podResources.list(() => false),
      ]);
      expect(lists).toEqual([[hca], [gpu], []]);
    });

    test('lists what is held now: a later call knows later pods, and no removed ones', async () => {
      const [first, second] = [holder('a', 'main', 'rdma/hca', '0'), holder('b', 'main', 'rdma/hca', '1')];
      await stage.start([first]);
      expect(await stage.podResources.list(everyResource)).toEqual([first]);
      await stage.start([second]);
      expect(await stage.podResources.list(everyResource)).toEqual([first, second]);
      await stage.remove(first);
      expect(await stage.podResources.list(everyResource)).toEqual([second]);
    });

    test('asks the kubelet once for calls that overlap', async () => {
      const held = holder('a', 'main', 'rdma/hca', '0');
      await stage.start([held]);
      const before = stage.calls();
      const lists = await Promise.all([1, 2, 3].map(() => stage.podResources.list(everyResource)));
      expect(lists).toEqual([[held], [held], [held]]);
      expect(stage.calls() - before).toBe(1);
    });

    test('resolves to null within seconds while the kubelet cannot be asked, and lists again afterwards', async () => {
      const held = holder('a', 'main', 'rdma/hca', '0');
      await stage.start([held]);
      await stage.fail();
      expect(await listInSteps()).toBeNull();
      expect(await listInSteps()).toBeNull();
      await stage.repair();
      expect(await stage.podResources.list(everyResource)).toEqual([held]);
    });

    test('leaves no timer', async () => {
      await stage.podResources.list(everyResource);
      expect(stage.clock.pending).toBe(0);
      await stage.fail();
      await listInSteps();
      expect(stage.clock.pending).toBe(0);
    });
  });
}
