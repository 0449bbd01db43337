// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '../collections/group-by.ts';
import { compareNaturally } from '../text/natural-order.ts';
import type { Hca } from './hca.ts';

/** An identity that was given to an HCA, and how that HCA looked last. */
interface KnownHca {
  readonly identity: string;
  readonly place: string;
  readonly guid: string | null;
  readonly name: string;
}

/** The identities of all HCAs that a node has had since the program started. */
export interface Identities {
  /** By the names of the HCAs that are present. */
  readonly byHca: ReadonlyMap<string, string>;
  /** Those of the HCAs that are present first. */
  readonly known: readonly KnownHca[];
}

/** How many absent HCAs are remembered, those that were present last first. A node has at most some hundred. */
const maxAbsent = 1_024;

export const noIdentities: Identities = { byHca: new Map(), known: [] };

/**
 * Gives each HCA an identity that survives rename, restart and reboot. An HCA keeps the identity that it has; a new one
 * gets its place, or a longer identity if another HCA at this place has that. Of several new ones, those that
 * programs can use come first, then those with lower GUIDs. Names may change at each boot, so they do not count.
 */
export function updateIdentities(before: Identities, hcas: readonly Hca[]): Identities {
  const known = recognize(before.known, hcas);
  const taken = new Set(before.known.map(({ identity }) => identity));
  const byHca = new Map([...known].map(([hca, { identity }]) => [hca.name, identity]));
  for (const hca of hcas.filter((one) => !known.has(one)).toSorted(compareNewcomers)) {
    const identity = firstFree(placeOf(hca), longerIdentity(hca), taken);
    taken.add(identity);
    byHca.set(hca.name, identity);
  }
  const present = hcas.map((hca) => ({ ...traitsOf(hca), identity: byHca.get(hca.name) ?? hca.name }));
  const kept = new Set(byHca.values());
  const absent = before.known.filter(({ identity }) => !kept.has(identity));
  return { byHca, known: [...present, ...absent.slice(0, maxAbsent)] };
}

/** What an HCA and a known one must have in common to be the same, the strongest evidence first. */
const evidence: readonly ((traits: Omit<KnownHca, 'identity'>, identity: string) => string | null)[] = [
  ({ place, guid, name }) => `${place}\n${guid}\n${name}`,
  // The device was renamed.
  ({ place, guid }) => `${place}\n${guid}`,
  // Its GUID was set. The kernel reuses names, so a longer identity, which has the GUID in it, goes to no other GUID.
  ({ place, name }, identity) => (identity === place ? `${place}\n${name}` : null),
];

/** Returns the known HCA that each of these is, if it is one. */
function recognize(known: readonly KnownHca[], hcas: readonly Hca[]): ReadonlyMap<Hca, KnownHca> {
  const recognized = new Map<Hca, KnownHca>();
  const found = new Set<KnownHca>();
  for (const keyOf of evidence) {
    if (recognized.size === hcas.length) break;
    const candidates = groupBy(known, (one) => (found.has(one) ? null : keyOf(one, one.identity)));
    for (const hca of hcas.filter((one) => !recognized.has(one))) {
      const key = keyOf(traitsOf(hca), placeOf(hca));
      const same = key === null ? undefined : candidates.get(key)?.shift();
      if (same === undefined) continue;
      recognized.set(hca, same);
      found.add(same);
    }
  }
  return recognized;
}

function traitsOf(hca: Hca): Omit<KnownHca, 'identity'> {
  return { place: placeOf(hca), guid: guidOf(hca), name: hca.name };
}

/** Where the HCA is, from what it says of itself: its PCI function or subfunction, else its GUID, else its name. */
function placeOf(hca: Hca): string {
  if (hca.pci === null) return guidOf(hca) ?? hca.name;
  return hca.subfunction === null ? hca.pci.address : `${hca.pci.address}_sf${hca.subfunction}`;
}

function longerIdentity(hca: Hca): string {
  const guid = hca.pci === null ? null : guidOf(hca);
  return `${placeOf(hca)}_${guid ?? hca.name}`;
}

const unsetGuid = /^[0:]*$/;

function guidOf({ nodeGuid }: Hca): string | null {
  return nodeGuid === null || unsetGuid.test(nodeGuid) ? null : nodeGuid;
}

/** HCAs without a GUID come last, in the order of their names. */
function compareNewcomers(a: Hca, b: Hca): number {
  const sortKey = (hca: Hca): string => guidOf(hca) ?? `without GUID ${hca.name}`;
  return (
    Number(a.managementOnly) - Number(b.managementOnly) ||
    compareNaturally(sortKey(a), sortKey(b)) ||
    compareNaturally(a.name, b.name)
  );
}

function firstFree(place: string, longer: string, taken: ReadonlySet<string>): string {
  if (!taken.has(place)) return place;
  let identity = longer;
  for (let number = 2; taken.has(identity); number += 1) identity = `${longer}_${number}`;
  return identity;
}
