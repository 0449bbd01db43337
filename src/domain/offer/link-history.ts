// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';

/**
 * When each HCA last gained an active port, in milliseconds of the clock; null while it has no active port.
 * HCAs that never had one are absent. The first time counts from `-Infinity`, so that a link that never failed is
 * settled.
 */
export type LinkHistory = ReadonlyMap<string, number | null>;

/** Whether a port carries traffic. A state that cannot be read counts as down. */
export function hasActivePort(hca: Hca): boolean {
  return hca.ports.some((port) => port.state === 'ACTIVE' || port.state === 'ACTIVE_DEFER');
}

/**
 * Whether an InfiniBand port has its link up and no address yet. Only a subnet manager takes such a port from INIT to
 * ACTIVE; other link layers have no subnet manager.
 */
export function waitsForSubnetManager(hca: Hca): boolean {
  return hca.ports.some(
    ({ state, physState, linkLayer }) => state === 'INIT' && physState === 'LinkUp' && linkLayer === 'InfiniBand',
  );
}

/**
 * Continues the history with an inventory taken at `now`. Forgets HCAs that were removed. The links of an HCA that does
 * not answer may be as they were.
 */
export function updateLinkHistory(before: LinkHistory, hcas: readonly Hca[], now: number): LinkHistory {
  const links = new Map<string, number | null>();
  for (const hca of hcas) {
    const since = before.get(hca.name);
    if (hca.unanswered !== undefined && since !== undefined) links.set(hca.name, since);
    else if (hasActivePort(hca)) links.set(hca.name, since === undefined ? Number.NEGATIVE_INFINITY : (since ?? now));
    else if (since !== undefined) links.set(hca.name, null);
  }
  return links;
}
