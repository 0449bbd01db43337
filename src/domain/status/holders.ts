// SPDX-License-Identifier: Apache-2.0
import type { HcaCondition } from '../offer/conditions/condition.ts';
import type { Offer } from '../offer/offer.ts';
import type { ShareHolder } from '../offer/share-holder.ts';
import { SharesById } from '../offer/share-by-id.ts';

/** A container that holds shares, and what it holds. */
export interface HolderStatus extends ShareHolder {
  /** The HCAs that its shares stand for now. */
  readonly hcas: readonly string[];
  /** When the newest of its shares was granted, in ISO 8601; null if that is not known any more. */
  readonly since: string | null;
  /** The HCAs that it holds as they no longer are. It must be restarted to use them. */
  readonly stale: readonly string[];
}

/** `grantedAt` returns when a share was granted last, in ISO 8601; null if that is unknown. */
export function holderStatuses(
  holders: readonly ShareHolder[],
  offers: readonly Offer[],
  conditions: readonly HcaCondition[],
  grantedAt: (resource: string, shareId: string) => string | null,
): readonly HolderStatus[] {
  const byResource = new Map(offers.map((offer) => [offer.resource, offer]));
  return holders.map((holder) => {
    const times = holder.shareIds.flatMap((id) => grantedAt(holder.resource, id) ?? []);
    return {
      ...holder,
      hcas: hcasOf(holder, byResource.get(holder.resource)),
      since: times.toSorted().at(-1) ?? null,
      stale: conditions.filter((condition) => isHeldAsItWas(condition, holder)).map(({ hca }) => hca?.name ?? ''),
    };
  });
}

function hcasOf({ shareIds }: ShareHolder, offer: Offer | undefined): readonly string[] {
  const index = new SharesById(offer?.shares ?? []);
  return [...new Set(shareIds.flatMap((id) => index.find(id)?.series.hcas ?? []))];
}

function isHeldAsItWas({ cause }: HcaCondition, { namespace, pod, container, resource }: ShareHolder): boolean {
  if (cause.kind !== 'changed') return false;
  return (cause.before.holders ?? []).some(
    (known) =>
      known.namespace === namespace &&
      known.pod === pod &&
      known.container === container &&
      known.resource === resource,
  );
}
