// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { noIdentities, updateIdentities } from '#domain/hca/identity.ts';
import { missingKinds } from '#domain/offer/health.ts';
import type { Hca } from '#domain/hca/hca.ts';
import type { ResourceSettings } from '#domain/settings/settings.ts';
import { type ShareSeries, countHealthy, countShares, sameShares, seriesOf } from '#domain/offer/share.ts';
import { SharesById } from '#domain/offer/share-by-id.ts';
import { aResource, anHca, anyHcas } from '../../support/hca-fixture.ts';
import { type Share, sharesIn } from '../../support/share-list.ts';

function seriesOver(resource: ResourceSettings, hcas: readonly Hca[]): readonly ShareSeries[] {
  return seriesOf(resource, hcas, {
    isHealthy: (hca) => missingKinds(hca, resource.deviceNodes).length === 0,
    identities: updateIdentities(noIdentities, hcas).byHca,
  });
}

function sharesOf(resource: ResourceSettings, hcas: readonly Hca[]): readonly Share[] {
  return sharesIn(seriesOver(resource, hcas));
}

const broken = anHca(1, { deviceNodes: [] });
const perDevice = aResource({ sharing: 'device', rdmaHcaMax: 2 });

describe('the shares of a pool', () => {
  it('are numbered from 0, grant every usable HCA, and have no NUMA node', () => {
    expect(sharesOf(aResource({ rdmaHcaMax: 2 }), [anHca(0), broken, anHca(2)])).toEqual([
      { id: '0', healthy: true, numaNodes: [], hcas: ['mlx5_0', 'mlx5_2'] },
      { id: '1', healthy: true, numaNodes: [], hcas: ['mlx5_0', 'mlx5_2'] },
    ]);
  });

  it.each([
    ['no HCA is selected', []],
    ['no selected HCA is usable', [broken]],
  ])('do not exist if %s', (_, hcas) => {
    expect(sharesOf(aResource(), hcas)).toEqual([]);
  });

  it('have the same IDs on any hardware, so that pods survive a hardware change', () => {
    const ids = (count: number): string[] =>
      sharesOf(
        aResource({ rdmaHcaMax: 5 }),
        Array.from({ length: count }, (_, i) => anHca(i)),
      ).map((share) => share.id);
    expect(ids(1)).toEqual(['0', '1', '2', '3', '4']);
    expect(ids(8)).toEqual(ids(1));
  });
});

describe('per-device shares', () => {
  it('number rdmaHcaMax for each HCA and have its NUMA node and health', () => {
    const shares = sharesOf(perDevice, [anHca(0), broken]);
    expect(shares.map(({ healthy, numaNodes, hcas }) => ({ healthy, numaNodes, hcas }))).toEqual([
      { healthy: true, numaNodes: [0], hcas: ['mlx5_0'] },
      { healthy: true, numaNodes: [0], hcas: ['mlx5_0'] },
      { healthy: false, numaNodes: [1], hcas: ['mlx5_1'] },
      { healthy: false, numaNodes: [1], hcas: ['mlx5_1'] },
    ]);
  });

  it('have no NUMA node if the kernel reports none', () => {
    expect(sharesOf(perDevice, [anHca(0, { numaNode: null })])[0]?.numaNodes).toEqual([]);
  });

  it('have no NUMA node if topology is false', () => {
    expect(sharesOf({ ...perDevice, topology: false }, [anHca(1)])[0]?.numaNodes).toEqual([]);
  });

  it('keep their IDs when the HCA is renamed', () => {
    const ids = (name: string): string[] => sharesOf(perDevice, [anHca(0, { name })]).map((share) => share.id);
    expect(ids('rocep1s0')).toEqual(ids('mlx5_0'));
  });

  it('have IDs that are unique across all resources of any node', () => {
    fc.assert(
      fc.property(anyHcas, (hcas) => {
        const ids = ['rdma/a', 'rdma/b']
          .flatMap((name) => sharesOf({ ...perDevice, name }, hcas))
          .map((share) => share.id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.every((id) => id.length <= 63)).toBe(true);
      }),
    );
  });
});

describe('sameShares', () => {
  const list = seriesOver(perDevice, [anHca(0), anHca(1)]);

  it('returns true for equal lists', () => {
    expect(sameShares(list, structuredClone(list))).toBe(true);
  });

  it.each([
    ['health', list.map((series) => ({ ...series, healthy: false }))],
    ['a NUMA node', list.map((series) => ({ ...series, numaNodes: [7] }))],
    ['an id', list.map((series) => ({ ...series, idPrefix: `${series.idPrefix}x` }))],
    ['the first slot', list.map((series) => ({ ...series, first: 1 }))],
    ['the number of shares', list.map((series) => ({ ...series, count: 1 }))],
    ['the number of series', list.slice(1)],
    ['the order', list.toReversed()],
  ])('returns false if lists differ in %s', (_, other) => {
    expect(list).toHaveLength(2);
    expect(sameShares(list, other)).toBe(false);
  });
});

describe('the counts of shares', () => {
  it('are those of all, and of the healthy', () => {
    const list = seriesOver(perDevice, [anHca(0), broken]);
    expect([countShares(list), countHealthy(list)]).toEqual([4, 2]);
    expect(countShares(seriesOver({ ...perDevice, rdmaHcaMax: 0 }, [anHca(0)]))).toBe(0);
  });
});

describe('SharesById', () => {
  const plain = { healthy: true, numaNodes: [], hcas: [], heldSince: null };
  const list = [
    { ...plain, idPrefix: '', first: 0, count: 12 },
    { ...plain, idPrefix: 'ab-', first: 5, count: 5 },
    { ...plain, idPrefix: 'ab-', first: 20, count: 1 },
  ];
  const index = new SharesById(list);

  it('finds each share, and no other', () => {
    for (const series of list) for (const { id } of sharesIn([series])) expect(index.find(id)?.series).toBe(series);
    expect(index.find('ab-9')?.slot).toBe(9);
  });

  it.each(['', '12', '-1', '00', '01', '1.0', 'ab-', 'ab-4', 'ab-10', 'ab-05', 'ab-21', 'ab', '1e1', '9'.repeat(400)])(
    'returns null for %j',
    (id) => {
      expect(index.find(id)).toBeNull();
    },
  );

  it('takes no longer for a long text than to read it', () => {
    expect(index.find(`${'1'.repeat(1_000_000)}x`)).toBeNull();
    expect(index.find('0'.repeat(1_000_000))).toBeNull();
  });
});
