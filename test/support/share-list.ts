// SPDX-License-Identifier: Apache-2.0
import type { Offer } from '#domain/offer/offer.ts';
import type { ShareSeries } from '#domain/offer/share.ts';

export interface Share extends Pick<ShareSeries, 'healthy' | 'numaNodes' | 'hcas'> {
  readonly id: string;
}

/** Returns each share of an offer. */
export function sharesOf(offer: Pick<Offer, 'shares'> | undefined): readonly Share[] {
  return sharesIn(offer?.shares ?? []);
}

/** Returns each share of some series. */
export function sharesIn(series: readonly ShareSeries[]): readonly Share[] {
  return series.flatMap(({ idPrefix, first, count, healthy, numaNodes, hcas }) =>
    Array.from({ length: count }, (_, i) => ({ id: `${idPrefix}${first + i}`, healthy, numaNodes, hcas })),
  );
}
