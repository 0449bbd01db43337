// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CdiSpec, cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import { aResource, anHca, anOffer } from '../support/hca-fixture.ts';

/** A store and the place that container runtimes read. */
export interface CdiWorld {
  readonly store: CdiSpecStore;
  /** Returns the device names of each spec in the place, by the kind of the spec. Throws if a spec is incomplete. */
  stored(): Readonly<Record<string, readonly string[]>>;
  /** Damages the stored spec of a kind, or removes it. */
  damage(kind: string, how: 'overwrite' | 'remove'): void;
  /** Makes writing impossible, and possible again. */
  block(): void;
  unblock(): void;
  close(): void;
}

/** Returns the spec of resource `rdma/<name>` with a device for each of these HCAs. */
function specOf(name: string, ...hcas: readonly number[]): CdiSpec {
  return cdiSpecOf(
    anOffer(
      aResource({ name: `rdma/${name}` }),
      hcas.map((index) => anHca(index)),
    ),
  );
}

async function eventLoopTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const kindOf = (name: string): string => specOf(name).kind;

/** Runs the contract of CdiSpecStore over an adapter. */
export function cdiSpecStoreContract(adapter: string, createWorld: () => CdiWorld): void {
  describe(`CdiSpecStore: ${adapter}`, () => {
    let world: CdiWorld;
    beforeEach(() => {
      world = createWorld();
    });
    afterEach(() => world.close());

    it('stores exactly the specs of the last replaceAll', async () => {
      await world.store.replaceAll([specOf('a', 0, 1), specOf('b', 2)]);
      expect(world.stored()).toEqual({ [kindOf('a')]: ['hca-mlx5_0', 'hca-mlx5_1'], [kindOf('b')]: ['hca-mlx5_2'] });
      await world.store.replaceAll([specOf('b', 3)]);
      expect(world.stored()).toEqual({ [kindOf('b')]: ['hca-mlx5_3'] });
      await world.store.replaceAll([]);
      expect(world.stored()).toEqual({});
    });

    it('does not store a spec without devices, which runtimes reject', async () => {
      await world.store.replaceAll([specOf('a', 0), specOf('b', 1)]);
      await world.store.replaceAll([specOf('a', 0), specOf('b')]);
      expect(world.stored()).toEqual({ [kindOf('a')]: ['hca-mlx5_0'] });
    });

    it.each(['overwrite', 'remove'] as const)('stores a spec again in ensure after a third party (%s)', async (how) => {
      await world.store.replaceAll([specOf('a', 0)]);
      world.damage(kindOf('a'), how);
      await world.store.ensure(specOf('a', 0));
      expect(world.stored()).toEqual({ [kindOf('a')]: ['hca-mlx5_0'] });
    });

    it('accepts an ensure at any moment of a replaceAll, and stores the spec of the later call', async () => {
      for (let turns = 0; turns < 100; turns += 1) {
        const [before, after] = [specOf('a', turns), specOf('a', turns + 1)];
        const replaced = world.store.replaceAll([after, specOf('b', turns)]);
        await eventLoopTurns(turns);
        await Promise.all([replaced, ...Array.from({ length: 4 }, () => world.store.ensure(before))]);
        expect(world.stored()).toEqual({ [kindOf('a')]: [`hca-mlx5_${turns}`], [kindOf('b')]: [`hca-mlx5_${turns}`] });
      }
    });

    it('lets the last of two overlapping replaceAll win', async () => {
      for (let round = 0; round < 10; round += 1) {
        await Promise.all([
          world.store.replaceAll([specOf('a', 0), specOf('b', 0)]),
          world.store.replaceAll([specOf('b', 1), specOf('c', 1)]),
        ]);
        expect(world.stored()).toEqual({ [kindOf('b')]: ['hca-mlx5_1'], [kindOf('c')]: ['hca-mlx5_1'] });
      }
    });

    it('never shows an incomplete spec to a reader', async () => {
      const written = (async () => {
        for (let round = 0; round < 30; round += 1) await world.store.replaceAll([specOf('a', round), specOf('b', 0)]);
      })();
      let reads = 0;
      const progress = { done: false };
      void written.finally(() => (progress.done = true));
      while (!progress.done) {
        world.stored();
        reads += 1;
        await eventLoopTurns(1);
      }
      await written;
      expect(reads).toBeGreaterThan(30);
    });

    it('rejects with a ProblemError and a remedy while it cannot write, and works again afterwards', async () => {
      await world.store.replaceAll([specOf('a', 0)]);
      world.block();
      for (const call of [world.store.replaceAll([specOf('a', 1)]), world.store.ensure(specOf('a', 1))]) {
        const error: unknown = await call.catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(ProblemError);
        expect(error).toMatchObject({ problems: [{ code: 'CDI_DIRECTORY_UNUSABLE', actor: 'operator' }] });
      }
      world.unblock();
      await world.store.replaceAll([specOf('a', 2)]);
      expect(world.stored()).toEqual({ [kindOf('a')]: ['hca-mlx5_2'] });
    });
  });
}
