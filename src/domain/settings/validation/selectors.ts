// SPDX-License-Identifier: Apache-2.0
import { printableString } from '../../text/printable.ts';
import { acceptedOf, hasElements } from '../document.ts';
import type { OneOrMore, ResourceDocument, SelectorsDocument, WrittenList } from '../document.ts';
import { entryRules } from '../selector-entry.ts';
import { type Selector, type SelectorField, selectorFields } from '../settings.ts';
import type { SettingsPlace } from './findings.ts';

/** Checks `devices` and `selectors` of a resource; exactly one of them must have entries. */
export function validateSelection(resource: ResourceDocument, place: SettingsPlace): readonly Selector[] {
  const { devices } = resource;
  const selectors = selectorsAt(resource.selectors, place.at('selectors'));
  const hasSelectors = resource.selectors === null || selectors.some(selectsAnything);
  if (hasSelectors && hasElements(devices)) rejectBoth(place);
  if (!hasSelectors && !hasElements(devices)) rejectNeither(resource, place);
  if (devices && devices.length > 0) warnDevices(place.at('devices'));
  for (const written of selectors) {
    warnImpossibleEntries(written);
    // A selector without entries would select every HCA.
    if (hasSelectors && !selectsAnything(written)) rejectEmpty(written.place);
  }
  warnEntries('ifNames', devices, place.at('devices'));
  return hasElements(devices) ? Object.freeze([selectorOf({ ifNames: devices ?? [] })]) : settingsOf(selectors);
}

/** Checks `exclude` of a resource, which may be absent or empty. */
export function validateExclusion({ exclude }: ResourceDocument, place: SettingsPlace): readonly Selector[] {
  const selectors = selectorsAt(exclude, place.at('exclude'));
  selectors.forEach(warnImpossibleEntries);
  return settingsOf(selectors);
}

/** One object of selectors with its place; null if the schema rejected it. */
interface WrittenSelectors {
  readonly selectors: SelectorsDocument | null;
  readonly place: SettingsPlace;
}

function selectorsAt(
  value: OneOrMore<SelectorsDocument> | null | undefined,
  place: SettingsPlace,
): readonly WrittenSelectors[] {
  if (value === undefined || value === null) return [];
  if (!isList(value)) return [{ selectors: value, place }];
  return value.map((selectors, index) => ({ selectors, place: place.at(index) }));
}

function isList<T>(value: OneOrMore<T>): value is WrittenList<T> {
  return Array.isArray(value);
}

function selectsAnything({ selectors }: WrittenSelectors): boolean {
  return selectors === null || selectorFields.some((field) => hasElements(selectors[field]));
}

function settingsOf(written: readonly WrittenSelectors[]): readonly Selector[] {
  return Object.freeze(written.map(({ selectors }) => selectorOf(selectors ?? {})));
}

function selectorOf(selectors: SelectorsDocument): Selector {
  const entries = (field: SelectorField): readonly string[] =>
    Object.freeze(acceptedOf<string | number>(selectors[field]).map((one) => entryRules[field].normalize(String(one))));
  return Object.freeze({
    vendors: entries('vendors'),
    deviceIDs: entries('deviceIDs'),
    drivers: entries('drivers'),
    ifNames: entries('ifNames'),
    linkTypes: entries('linkTypes'),
    rdmaDevices: entries('rdmaDevices'),
    pciAddresses: entries('pciAddresses'),
    numaNodes: entries('numaNodes'),
    functionKinds: entries('functionKinds'),
  });
}

function rejectBoth(place: SettingsPlace): void {
  place.reject('CONFIG_SELECTORS_AND_DEVICES', {
    found: 'has both devices and selectors',
    allowed: 'exactly one of them must be set',
    remedy: 'Move the interface names from devices into selectors.ifNames, and remove devices.',
  });
}

function rejectNeither({ devices, selectors }: ResourceDocument, place: SettingsPlace): void {
  const isPresent = devices !== undefined || selectors !== undefined;
  place.reject('CONFIG_SELECTORS_MISSING', {
    found: isPresent ? 'has only empty selectors or devices' : 'has neither selectors nor devices',
    allowed: `selectors must have at least one entry in one of ${selectorFields.join(', ')}`,
    remedy: 'Add selectors that match the HCAs of the resource, for example vendors with "15b3".',
  });
}

function rejectEmpty(place: SettingsPlace): void {
  place.reject('CONFIG_SELECTORS_MISSING', {
    found: 'is empty',
    allowed: `each object of selectors must have at least one entry in one of ${selectorFields.join(', ')}`,
    remedy: 'Remove the object, or add an entry.',
  });
}

function warnDevices(place: SettingsPlace): void {
  place.warn('CONFIG_DEVICES_DEPRECATED', {
    found: 'is deprecated',
    allowed: 'it is read as selectors.ifNames',
    remedy:
      'Write the interface names in selectors.ifNames, and names of RDMA devices, such as mlx5_0, in rdmaDevices.',
  });
}

function warnImpossibleEntries({ selectors, place }: WrittenSelectors): void {
  for (const field of selectorFields) warnEntries(field, selectors?.[field], place.at(field));
}

function warnEntries(
  field: SelectorField,
  entries: WrittenList<string | number> | null | undefined,
  place: SettingsPlace,
): void {
  entries?.forEach((entry, index) => {
    if (entry !== null) warnIfImpossible(field, String(entry), place.at(index));
  });
}

/** Often the entry is a value that a template lacks. */
function warnWithoutNetdev(place: SettingsPlace): void {
  place.warn('CONFIG_SELECTOR_WITHOUT_NETDEV', {
    found: 'is "", which matches HCAs without a network interface, as with upstream',
    allowed: 'other entries match HCAs by their network interfaces',
    remedy: 'Remove the entry, unless HCAs without a network interface are meant.',
  });
}

function warnIfImpossible(field: SelectorField, entry: string, place: SettingsPlace): void {
  const { matches, allowed, normalize, remedy } = entryRules[field];
  if (matches.test(entry)) return entry === '' ? warnWithoutNetdev(place) : undefined;
  const normalized = printableString(normalize(entry));
  if (matches.test(normalize(entry)))
    place.warn('CONFIG_SELECTOR_NORMALIZED', {
      found: `is ${printableString(entry)}, and is read as ${normalized}`,
      allowed,
      remedy: `Write ${normalized} instead.`,
    });
  else
    place.warn('CONFIG_SELECTOR_IMPOSSIBLE', {
      found: `is ${printableString(entry)}, which cannot match any HCA`,
      allowed,
      remedy: remedy?.(entry) ?? 'Correct the entry, or remove it.',
    });
}
