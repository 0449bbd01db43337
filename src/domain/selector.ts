// SPDX-License-Identifier: Apache-2.0
import type { Hca } from './hca.ts';
import type { Selector } from './settings.ts';

/** Whether a selector takes an HCA; if not, the first field that turned it away, what it wanted and what it found. */
export type Judgement =
  | { readonly selected: true }
  | {
      readonly selected: false;
      readonly field: keyof Selector;
      readonly wanted: readonly string[];
      readonly found: readonly string[];
    };

const selected: Judgement = { selected: true };

/** What each field of a selector is compared with. An HCA without a value can never match a field that is set. */
const valuesOf: { readonly [field in keyof Selector]: (hca: Hca) => readonly (string | null | undefined)[] } = {
  vendors: (hca) => [hca.pci?.vendor],
  deviceIDs: (hca) => [hca.pci?.deviceId],
  drivers: (hca) => [hca.driver],
  ifNames: (hca) => hca.netdevs.map((netdev) => netdev.name),
  linkTypes: (hca) => [...new Set(hca.netdevs.map((netdev) => netdev.linkType))],
};

const fields = ['vendors', 'deviceIDs', 'drivers', 'ifNames', 'linkTypes'] as const;

/** AND over the fields that are set, OR inside one, exact strings; a netdev field matches by any netdev of the HCA. */
export function judge(hca: Hca, selector: Selector): Judgement {
  for (const field of fields) {
    const wanted = selector[field];
    if (wanted.length === 0) continue;
    const found = valuesOf[field](hca).filter((value) => typeof value === 'string');
    if (!found.some((value) => wanted.includes(value))) return { selected: false, field, wanted, found };
  }
  return selected;
}
