// SPDX-License-Identifier: Apache-2.0
import type { ResourceSettings } from '../settings/settings.ts';
import { type Offer, closedOffer } from './offer.ts';
import type { Share } from './share.ts';

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
  const ids = new Set(offer.shares.map((share) => share.id));
  const missing = previous.shares.filter((share) => !ids.has(share.id));
  if (missing.length === 0) return offer;
  const heldSince = (share: Share): number => previous.held.get(share.id) ?? now;
  const held = missing.filter((share) => forgottenAt(offer, heldSince(share)) > now);
  return {
    ...offer,
    shares: [...offer.shares, ...held.map((share) => ({ ...share, healthy: false, hcas: [] }))],
    held: new Map(held.map((share) => [share.id, heldSince(share)])),
  };
}

/** Returns when a share that is held since `since` leaves the list, in milliseconds of the clock. */
export function forgottenAt({ settings }: Offer, since: number): number {
  return since + settings.health.forgetAfterSeconds * 1000;
}
