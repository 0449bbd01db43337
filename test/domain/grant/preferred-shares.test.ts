// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Offer } from '#domain/offer/offer.ts';
import { preferredShares } from '#domain/grant/preferred-shares.ts';
import type { AllocationPolicy } from '#domain/settings/settings.ts';
import { aResource, anHca, anOffer } from '../../support/hca-fixture.ts';
import { sharesOf } from '../../support/share-list.ts';

function offered(hcas: number, slots: number, allocationPolicy: AllocationPolicy = 'spread'): Offer {
  const resource = aResource({ sharing: 'device', rdmaHcaMax: slots, allocationPolicy });
  return anOffer(
    resource,
    Array.from({ length: hcas }, (_, index) => anHca(index)),
  );
}

/** Returns how many of these shares each HCA has, in the order of the offer. */
function perHca(offer: Offer, ids: Iterable<string>): readonly number[] {
  const chosen = new Set(ids);
  return offer.hcas.map(
    (hca) => sharesOf(offer).filter((share) => chosen.has(share.id) && share.hcas.includes(hca.name)).length,
  );
}

/** Assigns shares to one container after the other and returns the shares of each. */
function fill(offer: Offer, sizes: readonly number[]): readonly (readonly string[])[] {
  let available = sharesOf(offer).map((share) => share.id);
  return sizes.map((size) => {
    const given = preferredShares(offer, { available, mustInclude: [], size });
    available = available.filter((id) => !given.includes(id));
    return given;
  });
}

describe('preferredShares', () => {
  it('spreads single shares over the HCAs evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.nat(36), (hcas, slots, pods) => {
        const offer = offered(hcas, slots);
        const counts = perHca(
          offer,
          fill(
            offer,
            Array.from({ length: Math.min(pods, hcas * slots) }, () => 1),
          ).flat(),
        );
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('spreads any numbers of shares over the HCAs evenly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 12 }),
        (hcas, slots, sizes) => {
          const offer = offered(hcas, slots);
          for (let pods = 1; pods <= sizes.length; pods += 1) {
            const counts = perHca(offer, fill(offer, sizes.slice(0, pods)).flat());
            expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });

  it('fills one HCA before the next with the pack policy', () => {
    const offer = offered(3, 4, 'pack');
    expect(perHca(offer, fill(offer, [1, 1, 1, 1, 1]).flat())).toEqual([4, 1, 0]);
  });

  it.each(['spread', 'pack'] as const)(
    'chooses different HCAs for one container as long as there are any (%s)',
    (policy) => {
      const offer = offered(3, 4, policy);
      expect(fill(offer, [2, 3, 4]).map((ids) => perHca(offer, ids).filter((count) => count > 0).length)).toEqual([
        2, 3, 3,
      ]);
    },
  );

  it('counts mustInclude as shares of the container', () => {
    const offer = offered(2, 3);
    const [first = ''] = sharesOf(offer).map((share) => share.id);
    const ids = preferredShares(offer, {
      available: sharesOf(offer).map((share) => share.id),
      mustInclude: [first],
      size: 2,
    });
    expect(ids).toContain(first);
    expect(perHca(offer, ids)).toEqual([1, 1]);
  });

  it('returns a subset of available with mustInclude and the requested size, for any request', () => {
    const offer = offered(3, 4);
    const ids = sharesOf(offer).map((share) => share.id);
    const anyIds = fc.uniqueArray(fc.oneof(fc.constantFrom(...ids), fc.string({ maxLength: 3 })), { maxLength: 15 });
    fc.assert(
      fc.property(
        anyIds,
        fc.nat(15),
        fc.nat(20),
        fc.constantFrom('spread', 'pack'),
        (available, musts, size, allocationPolicy) => {
          const mustInclude = available.slice(0, musts);
          const given = preferredShares(
            { ...offer, settings: { ...offer.settings, allocationPolicy } },
            { available, mustInclude, size },
          );
          expect(mustInclude.every((id) => given.includes(id))).toBe(true);
          expect(given.every((id) => available.includes(id))).toBe(true);
          expect(new Set(given).size).toBe(given.length);
          expect(given).toHaveLength(Math.max(mustInclude.length, Math.min(size, available.length)));
        },
      ),
    );
  });
});
