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
  /** The remedy for an entry that is not changed, because it may be meant otherwise; null if none is known. */
  readonly remedy?: (entry: string) => string | null;
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
  remedy: misplacedRemedy,
};

/** Returns the address as the kernel writes it: in lower case, with the domain, which many tools omit if it is 0. */
function fullAddress(address: string): string {
  const lower = address.trim().toLowerCase();
  return /^[^:]{1,8}:[^:]*$/.test(lower) ? `0000:${lower}` : lower;
}

function vendorRemedy(entry: string): string | null {
  const id = vendorIdOf(entry);
  return id === null ? null : `Write "${id}", the id of this vendor.`;
}

/** The entry of another key: a PCI address, a pair of ids as lspci prints it, or the name of an RDMA device. */
function misplacedRemedy(entry: string): string | null {
  const [, vendor, device] = /^(?:0x)?([0-9a-f]{4}):(?:0x)?([0-9a-f]{4})$/.exec(entry.trim().toLowerCase()) ?? [];
  if (vendor !== undefined) return `Write "${vendor}" in vendors, and "${device}" in deviceIDs.`;
  if (/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(fullAddress(entry)))
    return 'Move it into pciAddresses: it is a PCI address.';
  return /^[a-z]\w*_\w*\d$/.test(entry) ? 'Move it into rdmaDevices: it is the name of an RDMA device.' : null;
}

export const entryRules: Readonly<Record<SelectorField, EntryRule>> = {
  vendors: { ...hexId, remedy: (entry) => vendorRemedy(entry) ?? misplacedRemedy(entry) },
  deviceIDs: { ...hexId, remedy: misplacedRemedy },
  drivers: anyText,
  ifNames: netdevName,
  linkTypes: linkType,
  rdmaDevices: anyText,
  pciAddresses: pciAddress,
  numaNodes: { matches: /^\d+$/, allowed: 'NUMA nodes are whole numbers, 0 or greater', normalize: unchanged },
  functionKinds: functionKind,
};
