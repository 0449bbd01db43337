// SPDX-License-Identifier: Apache-2.0
import type { HcaCondition } from '#domain/offer/conditions/condition.ts';
import { withStaleHolders } from '#domain/offer/conditions/stale-holders.ts';
import type { Plan } from '#domain/offer/plan.ts';
import type { PodResources } from '#ports/pod-resources.ts';
import type { GrantJournal } from './grant-journal.ts';

/** Finds out which pods hold an HCA as it was before it changed. Asks the kubelet only while there is such an HCA. */
export class ChangedHcaHolders {
  private hadHolders = false;

  constructor(
    private readonly podResources: PodResources,
    private readonly grants: GrantJournal,
  ) {}

  /** Must be called before a plan is published: grants from then on are of the HCAs as they are now. */
  expect({ conditions }: Plan): void {
    this.grants.keepAll(conditions.some(isChange));
  }

  /** Returns the conditions of a plan, with the containers that hold changed HCAs. Never rejects. */
  async find({ conditions, offers }: Plan): Promise<readonly HcaCondition[]> {
    const resources = new Set(conditions.filter(isChange).flatMap((condition) => condition.resources));
    if (resources.size === 0) return conditions;
    const holders = await this.podResources.list((resource) => resources.has(resource));
    // For a moment after its start, a kubelet lists no pods. The next round asks again.
    const isDoubtful = holders?.length === 0 && this.hadHolders;
    this.hadHolders = holders !== null && holders.length > 0;
    const grantedAt = (resource: string, id: string): number | null => this.grants.timeOf(resource, id);
    return withStaleHolders(conditions, { offers, holders: isDoubtful ? null : holders, grantedAt });
  }
}

function isChange({ cause }: HcaCondition): boolean {
  return cause.kind === 'changed';
}
