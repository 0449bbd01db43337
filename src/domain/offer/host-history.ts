// SPDX-License-Identifier: Apache-2.0
import type { Hca, Inventory } from '../hca/hca.ts';
import { type Identities, noIdentities, updateIdentities } from '../hca/identity.ts';
import { type IncompleteHcas, updateIncomplete } from '../hca/incomplete.ts';
import { recallNetdevs } from '../hca/netdev-memory.ts';
import { type HcaPresence, updatePresence } from '../hca/presence.ts';
import { type LinkHistory, updateLinkHistory } from './link-history.ts';

/** What is known of the HCAs of the host: from the last scan, and from those before. */
export interface HostHistory {
  /** The HCAs of the last scan, with the netdevs that they had before (see recallNetdevs). */
  readonly hcas: readonly Hca[];
  readonly identities: Identities;
  readonly incomplete: IncompleteHcas;
  readonly links: LinkHistory;
  readonly presence: HcaPresence;
}

export const noHostHistory: HostHistory = {
  hcas: [],
  identities: noIdentities,
  incomplete: new Set(),
  links: new Map(),
  presence: new Map(),
};

/** Continues the history with a scan taken at `now` (milliseconds of the clock); `before` is null for the first one. */
export function updateHostHistory(before: HostHistory | null, scanned: Inventory, now: number): HostHistory {
  const past = before ?? noHostHistory;
  const identities = updateIdentities(past.identities, scanned.hcas);
  const hcas = recallNetdevs(past, { hcas: scanned.hcas, identities });
  const { isPartial = false } = scanned;
  return {
    hcas,
    identities,
    incomplete: updateIncomplete(before, hcas),
    links: updateLinkHistory(past.links, hcas, now),
    presence: updatePresence(before?.presence ?? null, { hcas, identities, isPartial }, now),
  };
}
