// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '../collections/group-by.ts';
import type { ResourceSettings } from '../settings/settings.ts';
import { type Offer, closedOffer } from './offer.ts';
import type { ShareSeries } from './share.ts';

/**
 * Adds to the offers the shares of `before` that no longer exist: unhealthy, at the end of the list, until
 * `forgetAfterSeconds` after `now`. A pod may use such a share, and the kubelet reports an ID that is missing from the
 * list as healthy (devicemanager, pod status). A resource that a template no longer creates is offered while it has
 * such shares.
 */
export function carryOverHeldShares(
  offers: readonly Offer[],
  before: readonly Offer[],
  configured: readonly ResourceSettings[],
  now: number,
): readonly Offer[] {
  const previousOffers = new Map(before.map((offer) => [offer.resource, offer]));
  const carryOver = (offer: Offer): Offer => {
    const previous = previousOffers.get(offer.resource);
    return previous === undefined ? offer : withHeldShares(offer, previous, now);
  };
  const vanished = vanishedOffers(offers, before, configured).map(carryOver);
  return [...offers.map(carryOver), ...vanished.filter(({ shares }) => shares.length > 0)];
}

/** Returns closed offers for the resources that a configured template no longer creates. */
function vanishedOffers(
  offers: readonly Offer[],
  before: readonly Offer[],
  configured: readonly ResourceSettings[],
): readonly Offer[] {
  const present = new Set(offers.map(({ resource }) => resource));
  return before.flatMap(({ resource, settings: { nameTemplate } }) => {
    if (nameTemplate === null || present.has(resource)) return [];
    const template = configured.find((entry) => entry.nameTemplate === nameTemplate);
    return template === undefined ? [] : [closedOffer({ ...template, name: resource }, { kind: 'name-vanished' })];
  });
}

function withHeldShares(offer: Offer, previous: Offer, now: number): Offer {
  const present = groupBy(offer.shares, ({ idPrefix }) => idPrefix);
  const missing = previous.shares.flatMap((series) => without(series, present.get(series.idPrefix) ?? []));
  const held = missing
    .map((series) => ({ ...series, healthy: false, hcas: [], heldSince: series.heldSince ?? now }))
    .filter(({ heldSince }) => forgottenAt(offer, heldSince) > now);
  return held.length === 0 ? offer : { ...offer, shares: [...offer.shares, ...held] };
}

/** Returns what is left of a series without the slots of others that have the same prefix. */
function without(series: ShareSeries, others: readonly ShareSeries[]): readonly ShareSeries[] {
  return others.reduce<readonly ShareSeries[]>(
    (left, other) => left.flatMap((part) => outside(part, other.first, other.first + other.count)),
    [series],
  );
}

/** Returns the slots of a series before `from`, and those at or after `to`. */
function outside(series: ShareSeries, from: number, to: number): readonly ShareSeries[] {
  const end = series.first + series.count;
  const parts = [
    { ...series, count: Math.min(end, from) - series.first },
    { ...series, first: Math.max(series.first, to), count: end - Math.max(series.first, to) },
  ];
  return parts.filter(({ count }) => count > 0);
}

/** Returns when shares that are held since `since` leave the list, in milliseconds of the clock. */
export function forgottenAt({ settings }: Offer, since: number): number {
  return since + settings.health.forgetAfterSeconds * 1000;
}
