// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CdiSpec, cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import { aResource, anHca, anOffer } from '../support/hca-fixture.ts';

/** A store and the place that container runtimes read. */
export interface CdiWorld {
  readonly store: CdiSpecStore;
  /** Returns a store of another instance of the program in the same place. */
  another(): CdiSpecStore;
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

    const devicesOf = (name: string): readonly string[] | undefined => world.stored()[kindOf(name)];

    it('keeps every device that was stored, and puts those that are given first', async () => {
      await world.store.store([specOf('a', 0, 1), specOf('b', 2)]);
      expect(world.stored()).toEqual({ [kindOf('a')]: ['hca-mlx5_0', 'hca-mlx5_1'], [kindOf('b')]: ['hca-mlx5_2'] });
      await world.store.store([specOf('b', 3)]);
      expect(world.stored()).toEqual({
        [kindOf('a')]: ['hca-mlx5_0', 'hca-mlx5_1'],
        [kindOf('b')]: ['hca-mlx5_3', 'hca-mlx5_2'],
      });
      await world.store.store([specOf('b', 2), specOf('a')]);
      expect([devicesOf('a'), devicesOf('b')]).toEqual([
        ['hca-mlx5_0', 'hca-mlx5_1'],
        ['hca-mlx5_2', 'hca-mlx5_3'],
      ]);
    });

    it('does not store a spec without devices, which runtimes reject', async () => {
      await world.store.store([specOf('a', 0), specOf('b')]);
      expect(world.stored()).toEqual({ [kindOf('a')]: ['hca-mlx5_0'] });
    });

    it('keeps the devices that another instance stored, whichever stores next', async () => {
      const other = world.another();
      await world.store.store([specOf('a', 0), specOf('b', 1)]);
      await other.store([specOf('a', 5), specOf('c', 2)]);
      await world.store.store([specOf('a', 0), specOf('b', 1)]);
      expect(world.stored()).toEqual({
        [kindOf('a')]: ['hca-mlx5_0', 'hca-mlx5_5'],
        [kindOf('b')]: ['hca-mlx5_1'],
        [kindOf('c')]: ['hca-mlx5_2'],
      });
    });

    it('says which resources have devices that were not given, and releases those', async () => {
      await world.store.store([specOf('a', 0, 1), specOf('b', 2), specOf('c', 3)]);
      expect(world.store.retired()).toEqual([]);
      await world.store.store([specOf('a', 0), specOf('c', 3)]);
      expect(world.store.retired()).toEqual(['rdma/a', 'rdma/b']);
      await world.store.release(new Set(['rdma/b', 'rdma/c', 'rdma/unknown']));
      expect([devicesOf('a')?.length, devicesOf('b'), devicesOf('c')?.length]).toEqual([2, undefined, 1]);
      await world.store.release(new Set(['rdma/a']));
      expect([devicesOf('a'), world.store.retired()]).toEqual([['hca-mlx5_0'], []]);
    });

    it('does not release what another instance stored', async () => {
      await world.store.store([specOf('a', 0)]);
      await world.store.store([]);
      await world.another().store([specOf('a', 0, 1)]);
      await world.store.release(new Set(['rdma/a']));
      expect(devicesOf('a')).toEqual(['hca-mlx5_0', 'hca-mlx5_1']);
    });

    it.each(['overwrite', 'remove'] as const)('stores a spec again in ensure after a third party (%s)', async (how) => {
      await world.store.store([specOf('a', 1)]);
      await world.store.store([specOf('a', 0)]);
      world.damage(kindOf('a'), how);
      await world.store.ensure(specOf('a', 0));
      expect(devicesOf('a')).toEqual(['hca-mlx5_0', 'hca-mlx5_1']);
    });

    it('accepts an ensure at any moment of a store', async () => {
      for (let turns = 0; turns < 100; turns += 1) {
        const stored = world.store.store([specOf('a', 1), specOf('b', 2)]);
        await eventLoopTurns(turns % 20);
        await Promise.all([stored, ...Array.from({ length: 4 }, () => world.store.ensure(specOf('a', 0)))]);
        expect([devicesOf('a')?.toSorted(), devicesOf('b')]).toEqual([['hca-mlx5_0', 'hca-mlx5_1'], ['hca-mlx5_2']]);
      }
    });

    it('never shows an incomplete spec to a reader', async () => {
      const written = (async () => {
        for (let round = 0; round < 30; round += 1) await world.store.store([specOf('a', round), specOf('b', 0)]);
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

    it('returns the problem of each spec that it cannot write, and works again afterwards', async () => {
      await world.store.store([specOf('a', 0)]);
      world.block();
      const failures = await world.store.store([specOf('a', 1), specOf('b', 2)]);
      expect([...failures.keys()]).toEqual([kindOf('a'), kindOf('b')]);
      expect([...failures.values()][0]).toMatchObject({ code: 'CDI_DIRECTORY_UNUSABLE', actor: 'operator' });
      const error: unknown = await world.store.ensure(specOf('a', 1)).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ProblemError);
      world.unblock();
      expect((await world.store.store([specOf('a', 2)])).size).toBe(0);
      expect(devicesOf('a')).toEqual(['hca-mlx5_2', 'hca-mlx5_0']);
    });
  });
}
