// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileCdiSpecStore } from '#adapters/cdi/file-cdi-spec-store.ts';
import { RetiredSpecs } from '#app/holders/retired-specs.ts';
import { type CdiSpec, cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import type { ShareHolder } from '#domain/offer/share-holder.ts';
import { aResource, anHca, anOffer } from '../../support/hca-fixture.ts';
import { HeldPodResources } from '../../support/held-pod-resources.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

const minute = 60_000;
const specOf = (name: string): CdiSpec => cdiSpecOf(anOffer(aResource({ name }), [anHca(0)]));
const holder = (resource: string): ShareHolder => ({
  namespace: 'ns',
  pod: 'p',
  container: 'c',
  resource,
  shareIds: ['0'],
});

describe('RetiredSpecs', () => {
  let directory: string;
  let clock: SteppedClock;
  let pods: HeldPodResources;
  let store: FileCdiSpecStore;
  let retired: RetiredSpecs;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'retired-'));
    clock = new SteppedClock();
    pods = new HeldPodResources([]);
    store = new FileCdiSpecStore(directory, clock);
    retired = new RetiredSpecs(store, pods, clock);
    await store.store([specOf('rdma/a'), specOf('rdma/b')]);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const left = (): readonly string[] => readdirSync(directory).map((name) => name.replace(/^.*_|\.json$/g, ''));

  /** Checks every minute, as rounds do. */
  async function checkFor(minutes: number): Promise<void> {
    for (let passed = 0; passed < minutes; passed += 1) {
      await retired.check();
      await clock.step(minute);
    }
  }

  it('does not ask the kubelet while nothing is retired', async () => {
    await checkFor(60);
    expect([pods.calls, left()]).toEqual([0, ['a', 'b']]);
  });

  it('releases a spec after three answers without a holder, ten minutes apart', async () => {
    await store.store([specOf('rdma/a')]);
    await checkFor(20);
    expect([pods.calls, left()]).toEqual([2, ['a', 'b']]);
    await checkFor(1);
    expect([pods.calls, left()]).toEqual([3, ['a']]);
  });

  it('keeps a spec as long as a container holds a share, and begins to count when the last one ends', async () => {
    pods.holders = [holder('rdma/b')];
    await store.store([specOf('rdma/a')]);
    await checkFor(24 * 60);
    expect(left()).toEqual(['a', 'b']);
    pods.holders = [holder('rdma/a')];
    await checkFor(20);
    expect(left()).toEqual(['a', 'b']);
    await checkFor(10);
    expect(left()).toEqual(['a']);
  });

  it('counts from the start again when a holder appears between two answers without one', async () => {
    await store.store([specOf('rdma/a')]);
    await checkFor(20);
    pods.holders = [holder('rdma/b')];
    await checkFor(10);
    pods.holders = [];
    await checkFor(20);
    expect(left()).toEqual(['a', 'b']);
  });

  it('keeps everything where the kubelet cannot be asked', async () => {
    pods.holders = null;
    await store.store([]);
    await checkFor(24 * 60);
    expect(left()).toEqual(['a', 'b']);
  });

  it('keeps a spec that is offered again', async () => {
    await store.store([specOf('rdma/a')]);
    await checkFor(15);
    await store.store([specOf('rdma/a'), specOf('rdma/b')]);
    await checkFor(60);
    expect(left()).toEqual(['a', 'b']);
  });
});
