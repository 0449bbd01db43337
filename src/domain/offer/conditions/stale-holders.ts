// SPDX-License-Identifier: Apache-2.0
import type { Offer } from '../offer.ts';
import type { ShareHolder } from '../share-holder.ts';
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
  return conditions.flatMap((condition) => {
    const { cause } = condition;
    if (cause.kind !== 'changed') return [condition];
    const holders = staleHolders(condition, cause.before.at, evidence);
    return holders.length === 0 ? [] : [{ ...condition, cause: { ...cause, before: { ...cause.before, holders } } }];
  });
}

function staleHolders(
  { hca, resources }: HcaCondition,
  changedAt: number,
  { offers, holders, grantedAt }: ContainerEvidence,
): readonly ShareHolder[] {
  const name = hca?.name ?? '';
  const granting = new Map(
    offers.map(({ resource, shares }) => [
      resource,
      new Set(shares.filter(({ hcas }) => hcas.includes(name)).map(({ id }) => id)),
    ]),
  );
  const isStale = (resource: string, id: string): boolean =>
    granting.get(resource)?.has(id) === true && (grantedAt(resource, id) ?? Number.NEGATIVE_INFINITY) < changedAt;
  return (holders ?? []).filter(
    ({ resource, shareIds }) => resources.includes(resource) && shareIds.some((id) => isStale(resource, id)),
  );
}
