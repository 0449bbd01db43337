// SPDX-License-Identifier: Apache-2.0
import type { Selector } from './settings.ts';

type SelectorKey = keyof Selector;

/**
 * What an entry must look like to match anything, and what another can only mean, which is how it is read; else it stays as it is. Nothing but
 * entries that could match no HCA is changed, so that settings of upstream choose what they chose.
 *
 * Whether an entry matches anything on *this* node is not judged here or anywhere by itself: the settings of a cluster name hardware
 * that most nodes lack. A resource that is empty says what it wanted and what there is (offer.ts).
 */
export interface EntryRule {
  readonly matches: RegExp;
  readonly allowed: string;
  readonly read: (value: string) => string;
}

function asWritten(value: string): string {
  return value;
}

/** Four digits are needed: "17" may be 0017 or a slip for 1017. */
const hexId: EntryRule = {
  matches: /^[0-9a-f]{4}$/,
  allowed: 'ids are four lower-case hexadecimal digits without 0x, such as "15b3"',
  read: (value) => /^(?:0x)?([0-9a-f]{4})$/.exec(value.trim().toLowerCase())?.[1] ?? value,
};

const anyText: EntryRule = { matches: /./s, allowed: 'names are not empty', read: asWritten };

const linkTypeWords = new Map([
  ['ether', 'ether'],
  ['ethernet', 'ether'],
  ['eth', 'ether'],
  ['roce', 'ether'],
  ['infiniband', 'infiniband'],
  ['ib', 'infiniband'],
]);

const linkType: EntryRule = {
  matches: /^(?:ether|infiniband)$/,
  allowed: 'link types are "ether" and "infiniband"',
  read: (value) => linkTypeWords.get(value.trim().toLowerCase()) ?? value,
};

const functionKind: EntryRule = {
  matches: /^(?:pf|vf)$/,
  allowed: 'kinds of function are "pf" and "vf"',
  read: (value) => /^[pv]f$/.exec(value.trim().toLowerCase())?.[0] ?? value,
};

const pciAddress: EntryRule = {
  matches: /^\s*(?:[^:]+:)?[^:]+:[^:.]+\.[^:.]+$|[*]/s,
  allowed: 'PCI addresses are domain:bus:device.function, such as "0000:3b:00.0", or patterns of them',
  read: wholeAddress,
};

/** As the kernel writes it: in lower case, with the domain, which is left out where it is 0 by many tools. */
function wholeAddress(address: string): string {
  const lower = address.trim().toLowerCase();
  return /^[^:]{1,8}:[^:]*$/.test(lower) ? `0000:${lower}` : lower;
}

export const entryRules: Readonly<Record<SelectorKey, EntryRule>> = {
  vendors: hexId,
  deviceIDs: hexId,
  drivers: anyText,
  ifNames: anyText,
  linkTypes: linkType,
  rdmaDevices: anyText,
  pciAddresses: pciAddress,
  numaNodes: { matches: /^\d+$/, allowed: 'NUMA nodes are whole numbers from 0 on', read: asWritten },
  functionKinds: functionKind,
};

/** An entry as it is compared with what HCAs have. */
export function readEntry(key: SelectorKey, value: string): string {
  return entryRules[key].read(value);
}
