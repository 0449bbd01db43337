// SPDX-License-Identifier: Apache-2.0
import { matchesGlob } from '../text/glob.ts';
import type { Hca } from '../hca/hca.ts';
import type { ResourceSettings, Selector } from '../settings/settings.ts';

/**
 * Whether a resource takes an HCA; if not, the first field that turned it away, what it wanted and what it found. With
 * `excluded`, it is the field of `exclude` that matched. `resourceNameTemplate`: it is in another resource of the template, or in none.
 */
export type Judgement =
  | { readonly selected: true }
  | {
      readonly selected: false;
      readonly excluded: boolean;
      readonly field: keyof Selector | 'resourceNameTemplate';
      readonly wanted: readonly string[];
      readonly found: readonly string[];
    };

const selected: Judgement = { selected: true };

/** What each field of a selector is compared with. An HCA without a value can never match a field that is set. */
const valuesOf: { readonly [field in keyof Selector]: (hca: Hca) => readonly (string | null | undefined)[] } = {
  vendors: (hca) => [hca.pci?.vendor],
  deviceIDs: (hca) => [hca.pci?.deviceId],
  drivers: (hca) => [hca.driver, hca.rdmaDriver],
  ifNames: (hca) => hca.netdevs.map((netdev) => netdev.name),
  linkTypes: (hca) => [...new Set(hca.netdevs.map((netdev) => netdev.linkType))],
  rdmaDevices: (hca) => [hca.name],
  pciAddresses: (hca) => [hca.pci?.address],
  numaNodes: (hca) => [hca.numaNode === null ? null : String(hca.numaNode)],
  functionKinds: (hca) => [hca.pci?.functionKind],
};

/** The fields of a selector: upstream's, in its order, and then ours. */
export const selectorFields = [
  'vendors',
  'deviceIDs',
  'drivers',
  'ifNames',
  'linkTypes',
  'rdmaDevices',
  'pciAddresses',
  'numaNodes',
  'functionKinds',
] as const;

/** Those whose entries may be patterns: names, and addresses that are as good as names. */
export const globFields: ReadonlySet<keyof Selector> = new Set<keyof Selector>([
  'drivers',
  'ifNames',
  'rdmaDevices',
  'pciAddresses',
]);

/**
 * Selectors choose (OR between them, AND inside one), and then `exclude` takes away; one that is empty takes nothing away. Where none of several
 * selectors takes the HCA, the one that came nearest says why.
 */
export function judge(hca: Hca, { selectors, exclude }: Pick<ResourceSettings, 'selectors' | 'exclude'>): Judgement {
  const failures = selectors.map((selector) => ({ selector, at: firstFailure(hca, selector) }));
  if (failures.length > 0 && failures.every(({ at }) => at !== -1)) {
    const nearest = failures.reduce((best, one) => (one.at > best.at ? one : best));
    return turnedAway(hca, nearest.selector, selectorFields[nearest.at] ?? 'vendors', false);
  }
  for (const selector of exclude) {
    const last = selectorFields.findLast((field) => selector[field].length > 0);
    if (last !== undefined && firstFailure(hca, selector) === -1) return turnedAway(hca, selector, last, true);
  }
  return selected;
}

/** The place in `selectorFields` of the first field that does not match; -1 where all that are set do. */
function firstFailure(hca: Hca, selector: Selector): number {
  return selectorFields.findIndex((field) => selector[field].length > 0 && !matches(hca, selector, field));
}

/** OR inside one field; a netdev field matches by any netdev of the HCA. */
function matches(hca: Hca, selector: Selector, field: keyof Selector): boolean {
  const fits = globFields.has(field) ? matchesGlob : (wanted: string, value: string): boolean => wanted === value;
  return found(hca, field).some((value) => selector[field].some((wanted) => fits(wanted, value)));
}

function found(hca: Hca, field: keyof Selector): readonly string[] {
  return valuesOf[field](hca).filter((value) => typeof value === 'string');
}

function turnedAway(hca: Hca, selector: Selector, field: keyof Selector, excluded: boolean): Judgement {
  return { selected: false, excluded, field, wanted: selector[field], found: found(hca, field) };
}
