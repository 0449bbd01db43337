// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ListAndWatchResponse } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { encodeList } from '#adapters/kubelet/serving/list-message.ts';
import { largestPoolThatFits, listSize, listSizeLimit, poolSeries } from '#domain/kubelet-limits/list-size.ts';
import type { ShareSeries } from '#domain/offer/share.ts';
import { aResource, anHca, anOffer } from '../../../support/hca-fixture.ts';
import { sharesIn } from '../../../support/share-list.ts';

const one = { idPrefix: '', first: 0, count: 1, healthy: true, numaNodes: [], hcas: ['mlx5_0'], heldSince: null };
const pool = (count: number): readonly ShareSeries[] => anOffer(aResource({ rdmaHcaMax: count }), [anHca(0)]).shares;

const anySeries: fc.Arbitrary<ShareSeries> = fc.record({
  idPrefix: fc.constantFrom('', '83be9e0a-0000:3b:00.0-', 'x'.repeat(130)),
  first: fc.integer({ min: 0, max: 1_200 }),
  count: fc.integer({ min: 1, max: 1_200 }),
  healthy: fc.boolean(),
  numaNodes: fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 3 }),
  hcas: fc.constant([]),
  heldSince: fc.constant(null),
});

describe('encodeList', () => {
  it('encodes the health of each share, and its topology only if it is known', () => {
    const { message } = encodeList([
      one,
      { ...one, first: 1, healthy: false },
      { ...one, first: 2, numaNodes: [0, 1] },
    ]);
    expect(ListAndWatchResponse.decode(message).devices).toEqual([
      { ID: '0', health: 'Healthy', topology: null },
      { ID: '1', health: 'Unhealthy', topology: null },
      { ID: '2', health: 'Healthy', topology: { nodes: [{ ID: 0 }, { ID: 1 }] } },
    ]);
  });

  it('has the bytes that protobuf gives a device for each share', () => {
    fc.assert(
      fc.property(fc.array(anySeries, { maxLength: 4 }), (series) => {
        const devices = sharesIn(series).map(({ id, healthy, numaNodes }) => ({
          ID: id,
          health: healthy ? 'Healthy' : 'Unhealthy',
          topology: numaNodes.length === 0 ? null : { nodes: numaNodes.map((ID) => ({ ID })) },
        }));
        const expected = ListAndWatchResponse.encode({ devices }).finish();
        expect(Buffer.compare(encodeList(series).message, expected)).toBe(0);
      }),
    );
  });

  it.each([0, 1, 9, 10, 11, 1_000, 100_001])(
    'encodes %d pool shares in the size that the settings validation computes',
    (count) => {
      expect(encodeList(pool(count)).message).toHaveLength(listSize(poolSeries, count));
    },
  );

  it('fits the largest pool that the settings allow, but not one share more', () => {
    const largest = largestPoolThatFits();
    expect(encodeList(pool(largest)).message.length).toBeLessThanOrEqual(listSizeLimit);
    expect(listSize(poolSeries, largest + 1)).toBeGreaterThan(listSizeLimit);
  });

  it('omits the unhealthy shares, and counts them, if the list is too long with them', () => {
    const count = largestPoolThatFits() - 3;
    const { message, omitted } = encodeList([
      { ...one, count: 3 },
      { ...one, first: 3, count, healthy: false },
    ]);
    expect(ListAndWatchResponse.decode(message).devices.map(({ ID }) => ID)).toEqual(['0', '1', '2']);
    expect(omitted).toBe(count);
  });
});
