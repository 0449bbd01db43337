// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '../../collections/group-by.ts';
import type { Offer } from '../offer.ts';
import type { ShareHolder } from '../share-holder.ts';
import { SharesById } from '../share-by-id.ts';
import type { HcaCondition } from './condition.ts';

/** What is known of the containers of a node. */
export interface ContainerEvidence {
  readonly offers: readonly Offer[];
  /** The containers that hold shares now; null if they are unknown. */
  readonly holders: readonly ShareHolder[] | null;
  /** Returns when a share was granted, in milliseconds of the clock; null if that was before the change. */
  readonly grantedAt: (resource: string, shareId: string) => number | null;
}

/**
 * Adds to changed HCAs the containers that hold them as they were. Leaves out those that no container holds any more:
 * all were restarted. Other conditions stay as they are.
 */
export function withStaleHolders(
  conditions: readonly HcaCondition[],
  evidence: ContainerEvidence,
): readonly HcaCondition[] {
  if (evidence.holders === null) return conditions;
  const hcasHeld = heldHcas(evidence.holders, evidence.offers);
  return conditions.flatMap((condition) => {
    const { hca, cause } = condition;
    if (hca === null || cause.kind !== 'changed') return [condition];
    const isStale = (resource: string, id: string): boolean =>
      hcasHeld.get(shareKey(resource, id))?.includes(hca.name) === true &&
      (evidence.grantedAt(resource, id) ?? Number.NEGATIVE_INFINITY) < cause.before.at;
    const holders = (evidence.holders ?? []).filter(
      ({ resource, shareIds }) =>
        condition.resources.includes(resource) && shareIds.some((id) => isStale(resource, id)),
    );
    if (holders.length === 0) return [];
    return [{ ...condition, hca, cause: { ...cause, before: { ...cause.before, holders } } }];
  });
}

/** Returns the HCAs of the shares that containers hold, by `shareKey`. */
function heldHcas(holders: readonly ShareHolder[], offers: readonly Offer[]): ReadonlyMap<string, readonly string[]> {
  const holdersOf = groupBy(holders, ({ resource }) => resource);
  const held = offers.flatMap(({ resource, shares }) => {
    const index = new SharesById(shares);
    const ids = holdersOf.get(resource)?.flatMap(({ shareIds }) => shareIds) ?? [];
    return ids.flatMap((id) => {
      const found = index.find(id);
      return found === null ? [] : [[shareKey(resource, id), found.series.hcas] as const];
    });
  });
  return new Map(held);
}

/** The IDs of two pools are the same. */
function shareKey(resource: string, id: string): string {
  return `${resource} ${id}`;
}
