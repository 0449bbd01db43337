// SPDX-License-Identifier: Apache-2.0
import { matchesGlob } from '../text/glob.ts';
import type { Hca } from '../hca/hca.ts';
import { linkTypesOf, linkTypesWithoutNetdev } from '../hca/link-types.ts';
import { type ResourceSettings, type Selector, type SelectorField, selectorFields } from '../settings/settings.ts';

/** Why the selectors of a resource leave an HCA out. */
export interface SelectorMismatch {
  readonly selected: false;
  /** `not-matched`: no entry of `selectors` matches the HCA. `excluded`: an entry of `exclude` matches it. */
  readonly kind: 'not-matched' | 'excluded';
  /** The first field that does not match, or the last field of the exclusion. */
  readonly field: SelectorField;
  readonly wanted: readonly string[];
  readonly found: readonly string[];
  /** Set if the field needs a netdev and a port of the HCA has none: the link type of that port. */
  readonly portWithoutNetdev?: string;
}

/**
 * The values that each field of a selector is compared with (docs/selector-evidence.md). An HCA without a value never
 * matches a field that is set.
 */
const valuesOf: { readonly [field in SelectorField]: (hca: Hca) => readonly (string | null | undefined)[] } = {
  vendors: (hca) => [hca.pci?.vendor],
  deviceIDs: (hca) => [hca.pci?.deviceId],
  drivers: (hca) => [hca.driver, hca.rdmaDriver],
  ifNames: (hca) => hca.netdevs.map((netdev) => netdev.name),
  linkTypes: linkTypesOf,
  rdmaDevices: (hca) => [hca.name],
  pciAddresses: (hca) => [hca.pci?.address],
  numaNodes: (hca) => [hca.numaNode === null ? null : String(hca.numaNode)],
  functionKinds: (hca) => [hca.pci?.functionKind],
};

/**
 * Returns null if the resource selects the HCA, else the reason. One of `selectors` must match and none of `exclude`
 * may; an empty entry of `exclude` excludes nothing. If no selector matches, the closest one gives the reason.
 */
export function applySelectors(
  hca: Hca,
  { selectors, exclude }: Pick<ResourceSettings, 'selectors' | 'exclude'>,
): SelectorMismatch | null {
  const failures = selectors.map((selector) => ({
    selector,
    at: firstFailure(hca, selector, (field) => field === 'ifNames' && namesRepresentor(hca, selector)),
  }));
  if (failures.length > 0 && failures.every(({ at }) => at !== -1)) {
    const closest = failures.reduce((best, failure) => (failure.at > best.at ? failure : best));
    return mismatch('not-matched', hca, closest.selector, selectorFields[closest.at] ?? 'vendors');
  }
  for (const selector of exclude) {
    const last = selectorFields.findLast((field) => selector[field].length > 0);
    if (last !== undefined && firstFailure(hca, selector) === -1) return mismatch('excluded', hca, selector, last);
  }
  return null;
}

/** Returns the index in `selectorFields` of the first field that is set and does not match, or -1. */
function firstFailure(
  hca: Hca,
  selector: Selector,
  matchesOtherwise: (field: SelectorField) => boolean = () => false,
): number {
  return selectorFields.findIndex(
    (field) => selector[field].length > 0 && !matches(hca, selector, field) && !matchesOtherwise(field),
  );
}

/**
 * Whether a selector names a representor on the function of the HCA. A pattern names none, and excluding a representor
 * does not exclude the HCA: its author means the representor.
 */
function namesRepresentor({ representors = [] }: Hca, { ifNames }: Selector): boolean {
  return ifNames.some((name) => representors.includes(name));
}

/** The fields with entries that may be glob patterns. */
const globFields: ReadonlySet<SelectorField> = new Set(['drivers', 'ifNames', 'rdmaDevices', 'pciAddresses']);

/**
 * The fields that compare netdevs. Upstream compares entries with the name and link type of the netdev, which are empty
 * for an HCA without one. So an empty entry selects these HCAs, and no pattern does.
 */
const netdevFields: ReadonlySet<SelectorField> = new Set(['ifNames', 'linkTypes']);

/** Whether any value of the HCA matches any entry of one field. */
function matches(hca: Hca, selector: Selector, field: SelectorField): boolean {
  if (netdevFields.has(field) && hca.netdevs.length === 0 && selector[field].includes('')) return true;
  const fits = globFields.has(field) ? matchesGlob : (wanted: string, value: string): boolean => wanted === value;
  return foundValues(hca, field).some((value) => selector[field].some((wanted) => fits(wanted, value)));
}

function foundValues(hca: Hca, field: SelectorField): readonly string[] {
  return valuesOf[field](hca).filter((value) => typeof value === 'string');
}

function mismatch(
  kind: SelectorMismatch['kind'],
  hca: Hca,
  selector: Selector,
  field: SelectorField,
): SelectorMismatch {
  const found = { selected: false, kind, field, wanted: selector[field], found: foundValues(hca, field) } as const;
  const [linkType] = field === 'ifNames' && kind === 'not-matched' ? linkTypesWithoutNetdev(hca) : [];
  return linkType === undefined ? found : { ...found, portWithoutNetdev: linkType };
}
