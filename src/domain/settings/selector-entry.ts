// SPDX-License-Identifier: Apache-2.0
import type { SelectorField } from './settings.ts';
import { vendorIdOf } from './vendor-ids.ts';

/**
 * The form that an entry needs to match any HCA, and how to normalize other entries that can mean only one thing. Only
 * entries that cannot match an HCA are changed, so that upstream's settings select the same HCAs as before.
 *
 * No rule asks whether an entry matches on *this* node: cluster settings can name hardware that most nodes lack. An
 * empty resource reports what its selectors expect and what was found (offer/words).
 */
export interface EntryRule {
  readonly matches: RegExp;
  /** A main clause: the form that the entries have. */
  readonly allowed: string;
  readonly normalize: (entry: string) => string;
  /** What to write instead of an entry that is not changed, because it may be meant otherwise; null if unknown. */
  readonly suggest?: (entry: string) => string | null;
}

function unchanged(entry: string): string {
  return entry;
}

/** Four digits are needed: "17" may mean 0017 or be a typo for 1017. */
const hexId: EntryRule = {
  matches: /^[0-9a-f]{4}$/,
  allowed: 'ids are four lower-case hexadecimal digits without 0x, such as "15b3"',
  normalize: (entry) => /^(?:0x)?([0-9a-f]{4})$/.exec(entry.trim().toLowerCase())?.[1] ?? entry,
};

const anyText: EntryRule = { matches: /./s, allowed: 'names are not empty', normalize: unchanged };

/** An empty entry stands for HCAs without a netdev. */
const netdevName: EntryRule = { ...anyText, matches: /^/ };

const linkTypeWords = new Map([
  ['ether', 'ether'],
  ['ethernet', 'ether'],
  ['eth', 'ether'],
  ['roce', 'ether'],
  ['infiniband', 'infiniband'],
  ['ib', 'infiniband'],
]);

const linkType: EntryRule = {
  matches: /^(?:ether|infiniband|)$/,
  allowed: 'link types are "ether" and "infiniband"',
  normalize: (entry) => linkTypeWords.get(entry.trim().toLowerCase()) ?? entry,
};

const functionKind: EntryRule = {
  matches: /^(?:pf|vf)$/,
  allowed: 'function kinds are "pf" and "vf"',
  normalize: (entry) => /^[pv]f$/.exec(entry.trim().toLowerCase())?.[0] ?? entry,
};

const pciAddress: EntryRule = {
  matches: /^\s*(?:[^:]+:)?[^:]+:[^:.]+\.[^:.]+$|[*]/s,
  allowed: 'PCI addresses have the form domain:bus:device.function, such as "0000:3b:00.0", or are patterns of it',
  normalize: fullAddress,
};

/** Returns the address as the kernel writes it: in lower case, with the domain, which many tools omit if it is 0. */
function fullAddress(address: string): string {
  const lower = address.trim().toLowerCase();
  return /^[^:]{1,8}:[^:]*$/.test(lower) ? `0000:${lower}` : lower;
}

export const entryRules: Readonly<Record<SelectorField, EntryRule>> = {
  vendors: { ...hexId, suggest: vendorIdOf },
  deviceIDs: hexId,
  drivers: anyText,
  ifNames: netdevName,
  linkTypes: linkType,
  rdmaDevices: anyText,
  pciAddresses: pciAddress,
  numaNodes: { matches: /^\d+$/, allowed: 'NUMA nodes are whole numbers, 0 or greater', normalize: unchanged },
  functionKinds: functionKind,
};
