// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isUsable } from '#domain/offer/fitness.ts';
import type { Hca } from '#domain/hca/hca.ts';
import type { ResourceSettings } from '#domain/settings/settings.ts';
import {
  type Share,
  formatShareId,
  parseShareId,
  sameShares,
  seriesOf,
  sharesOf as sharesBy,
} from '#domain/offer/share.ts';
import { aResource, anHca, anyHcas } from '../../support/hca-fixture.ts';

const sharesOf = (resource: ResourceSettings, hcas: readonly Hca[]): readonly Share[] =>
  sharesBy(
    seriesOf(resource, hcas, (hca) => isUsable(hca, resource.deviceNodes)),
    resource.rdmaHcaMax,
  );
const broken = anHca(1, { deviceNodes: [] });
const byDevice = aResource({ sharing: 'device', rdmaHcaMax: 2 });
const anyResource = fc.constantFrom('rdma/a', 'rdma/b', 'nvidia.com/hca_shared_devices_a');

describe('shares of a pool', () => {
  it('are numbered from 0 and each grant every usable HCA, with no place in the NUMA order', () => {
    expect(sharesOf(aResource({ rdmaHcaMax: 2 }), [anHca(0), broken, anHca(2)])).toEqual([
      { id: '0', healthy: true, numaNodes: [], hcas: ['mlx5_0', 'mlx5_2'] },
      { id: '1', healthy: true, numaNodes: [], hcas: ['mlx5_0', 'mlx5_2'] },
    ]);
  });

  it.each([
    ['no HCA is selected', []],
    ['no selected HCA is usable', [broken]],
  ])('do not exist while %s', (_, hcas) => {
    expect(sharesOf(aResource(), hcas)).toEqual([]);
  });

  it('have the same ids whatever the HCAs are, so that pods outlive a change of hardware', () => {
    const ids = (count: number): string[] =>
      sharesOf(
        aResource({ rdmaHcaMax: 5 }),
        Array.from({ length: count }, (_, i) => anHca(i)),
      ).map((share) => share.id);
    expect(ids(1)).toEqual(['0', '1', '2', '3', '4']);
    expect(ids(8)).toEqual(ids(1));
  });
});

describe('shares by device', () => {
  it('are rdmaHcaMax for each HCA, with its NUMA node and its health', () => {
    const shares = sharesOf(byDevice, [anHca(0), broken]);
    expect(shares.map(({ healthy, numaNodes, hcas }) => ({ healthy, numaNodes, hcas }))).toEqual([
      { healthy: true, numaNodes: [0], hcas: ['mlx5_0'] },
      { healthy: true, numaNodes: [0], hcas: ['mlx5_0'] },
      { healthy: false, numaNodes: [1], hcas: ['mlx5_1'] },
      { healthy: false, numaNodes: [1], hcas: ['mlx5_1'] },
    ]);
  });

  it('have no place where the kernel does not know the NUMA node', () => {
    expect(sharesOf(byDevice, [anHca(0, { numaNode: null })])[0]?.numaNodes).toEqual([]);
  });

  it('have none where the resource wants none', () => {
    expect(sharesOf({ ...byDevice, topology: false }, [anHca(1)])[0]?.numaNodes).toEqual([]);
  });

  it('keep their ids when the HCA is renamed', () => {
    const ids = (name: string): string[] => sharesOf(byDevice, [anHca(0, { name })]).map((share) => share.id);
    expect(ids('rocep1s0')).toEqual(ids('mlx5_0'));
  });

  it('have unique ids over all resources of the node, on any node', () => {
    fc.assert(
      fc.property(anyHcas, (hcas) => {
        const ids = ['rdma/a', 'rdma/b']
          .flatMap((name) => sharesOf({ ...byDevice, name }, hcas))
          .map((share) => share.id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.every((id) => id.length <= 63)).toBe(true);
      }),
    );
  });
});

describe('a share id', () => {
  it('reads back as what it was made from', () => {
    fc.assert(
      fc.property(anyResource, fc.constantFrom('0000:3b:00.0', 'rxe0', 'a-b-1'), fc.nat(), (resource, hca, slot) => {
        expect(parseShareId(resource, formatShareId({ resource, hca, slot }))).toEqual({ resource, hca, slot });
      }),
    );
  });

  it('is refused when it belongs to another resource', () => {
    expect(parseShareId('rdma/b', formatShareId({ resource: 'rdma/a', hca: 'rxe0', slot: 0 }))).toBeNull();
  });

  it('is never read from another text, and no text makes reading fail', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const id = parseShareId('rdma/a', text);
        expect(id === null || formatShareId(id) === text).toBe(true);
      }),
    );
  });
});

describe('comparing lists of shares', () => {
  const list = sharesOf(byDevice, [anHca(0), anHca(1)]);
  const [first] = list;
  it('sees equal lists as the same', () => {
    expect(sameShares(list, structuredClone(list))).toBe(true);
  });
  it.each([
    ['a health', list.map((share) => ({ ...share, healthy: false }))],
    ['a NUMA node', list.map((share) => ({ ...share, numaNodes: [7] }))],
    ['an id', list.map((share) => ({ ...share, id: `${share.id}x` }))],
    ['the length', list.slice(1)],
    ['the order', list.toReversed()],
  ])('sees a difference in %s', (_, other) => {
    expect(first).toBeDefined();
    expect(sameShares(list, other)).toBe(false);
  });
});
