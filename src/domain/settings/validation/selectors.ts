// SPDX-License-Identifier: Apache-2.0
import { printableString } from '../../text/printable.ts';
import { acceptedOf, hasElements } from '../document.ts';
import type { OneOrMore, ResourceDocument, SelectorsDocument, WrittenList } from '../document.ts';
import type { SettingsFindings } from './findings.ts';
import { entryRules, normalizeEntry } from '../selector-entry.ts';
import { type Selector, selectorFields } from '../settings.ts';

type SelectorKey = keyof Selector;

/** Checks `devices` and `selectors` of a resource; exactly one of them must have entries. */
export function validateSelection(
  resource: ResourceDocument,
  path: string,
  findings: SettingsFindings,
): readonly Selector[] {
  const { devices } = resource;
  const selectors = selectorsAt(resource.selectors, `${path}.selectors`);
  const hasSelectors = resource.selectors === null || selectors.some(selectsAnything);
  if (hasSelectors && hasElements(devices)) rejectBoth(path, findings);
  if (!hasSelectors && !hasElements(devices)) rejectNeither(resource, path, findings);
  if (devices && devices.length > 0) warnDevices(path, findings);
  for (const written of selectors) {
    warnImpossibleEntries(written, findings);
    // A selector without entries would select every HCA.
    if (hasSelectors && !selectsAnything(written)) rejectEmpty(written.path, findings);
  }
  warnEntries('ifNames', devices, `${path}.devices`, findings);
  return hasElements(devices) ? Object.freeze([selectorOf({ ifNames: devices ?? [] })]) : settingsOf(selectors);
}

/** Checks `exclude` of a resource, which may be absent or empty. */
export function validateExclusion(
  resource: ResourceDocument,
  path: string,
  findings: SettingsFindings,
): readonly Selector[] {
  const selectors = selectorsAt(resource.exclude, `${path}.exclude`);
  for (const written of selectors) warnImpossibleEntries(written, findings);
  return settingsOf(selectors);
}

/** One object of selectors with its path; null where the schema rejected it. */
interface WrittenSelectors {
  readonly selectors: SelectorsDocument | null;
  readonly path: string;
}

function selectorsAt(
  value: OneOrMore<SelectorsDocument> | null | undefined,
  path: string,
): readonly WrittenSelectors[] {
  if (value === undefined || value === null) return [];
  return isList(value)
    ? value.map((selectors, index) => ({ selectors, path: `${path}[${index}]` }))
    : [{ selectors: value, path }];
}

function isList<T>(value: OneOrMore<T>): value is WrittenList<T> {
  return Array.isArray(value);
}

function selectsAnything({ selectors }: WrittenSelectors): boolean {
  return selectors === null || selectorFields.some((key) => hasElements(selectors[key]));
}

function settingsOf(written: readonly WrittenSelectors[]): readonly Selector[] {
  return Object.freeze(written.map(({ selectors }) => selectorOf(selectors ?? {})));
}

function selectorOf(selectors: SelectorsDocument): Selector {
  const entries = (key: SelectorKey): readonly string[] =>
    Object.freeze(acceptedOf<string | number>(selectors[key]).map((entry) => normalizeEntry(key, String(entry))));
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

function rejectBoth(path: string, findings: SettingsFindings): void {
  findings.reject({
    code: 'CONFIG_SELECTORS_AND_DEVICES',
    path,
    found: 'has both devices and selectors',
    allowed: 'exactly one of them may select the HCAs',
    remedy: 'Move the interface names from devices into selectors.ifNames, and remove devices.',
  });
}

function rejectNeither({ devices, selectors }: ResourceDocument, path: string, findings: SettingsFindings): void {
  const isPresent = devices !== undefined || selectors !== undefined;
  findings.reject({
    code: 'CONFIG_SELECTORS_MISSING',
    path,
    found: isPresent ? 'has only empty selectors or devices' : 'has neither selectors nor devices',
    allowed: `selectors must have at least one entry in one of ${selectorFields.join(', ')}`,
    remedy: 'Add selectors that match the HCAs of the resource, for example vendors with "15b3".',
  });
}

function rejectEmpty(path: string, findings: SettingsFindings): void {
  findings.reject({
    code: 'CONFIG_SELECTORS_MISSING',
    path,
    found: 'is empty',
    allowed: `each object of selectors must have at least one entry in one of ${selectorFields.join(', ')}`,
    remedy: 'Remove the object, or add an entry.',
  });
}

function warnDevices(path: string, findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_DEVICES_DEPRECATED',
    path: `${path}.devices`,
    found: 'is deprecated',
    allowed: 'it is read as selectors.ifNames',
    remedy: 'Move the interface names into selectors.ifNames.',
  });
}

function warnImpossibleEntries({ selectors, path }: WrittenSelectors, findings: SettingsFindings): void {
  for (const key of selectorFields) warnEntries(key, selectors?.[key], `${path}.${key}`, findings);
}

function warnEntries(
  key: SelectorKey,
  entries: WrittenList<string | number> | null | undefined,
  path: string,
  findings: SettingsFindings,
): void {
  entries?.forEach((entry, index) => {
    if (entry !== null) warnIfImpossible(key, String(entry), `${path}[${index}]`, findings);
  });
}

function warnIfImpossible(key: SelectorKey, entry: string, path: string, findings: SettingsFindings): void {
  const { matches, allowed } = entryRules[key];
  if (matches.test(entry)) return;
  const normalized = normalizeEntry(key, entry);
  if (!matches.test(normalized)) return warnImpossible(entry, allowed, path, findings);
  findings.warn({
    code: 'CONFIG_SELECTOR_NORMALIZED',
    path,
    found: `is ${printableString(entry)}, and is read as ${printableString(normalized)}`,
    allowed,
    remedy: `Write ${printableString(normalized)} instead.`,
  });
}

function warnImpossible(entry: string, allowed: string, path: string, findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_SELECTOR_IMPOSSIBLE',
    path,
    found: `is ${printableString(entry)}, which cannot match any HCA`,
    allowed,
    remedy: 'Correct the entry, or remove it.',
  });
}
