// SPDX-License-Identifier: Apache-2.0
import { entryRules, readEntry } from './selector-entry.ts';
import type { OneOrMore, ResourceDocument, SelectorsDocument } from './document.ts';
import type { SettingsFindings } from './findings.ts';
import { type Selector, selectorFields } from './settings.ts';
import { printableString } from '../text/printable.ts';

type SelectorKey = keyof Selector;

/** Judges `devices` and `selectors` of a resource, of which exactly one must say something. */
export function validateSelection(
  resource: ResourceDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): readonly Selector[] | null {
  const written = writtenAt(resource.selectors, `${path}.selectors`);
  const saysSelectors = isUnreadable(`${path}.selectors`) || written.some((one) => selectsAnything(one, isUnreadable));
  const saysDevices = hasEntries(resource.devices) || isUnreadable(`${path}.devices`);
  if (saysSelectors && saysDevices) refuseBoth(path, findings);
  if (!saysSelectors && !saysDevices) refuseNeither(resource, path, findings);
  if (hasEntries(resource.devices)) warnDevices(path, findings);
  for (const one of written) {
    warnNeverMatching(one, isUnreadable, findings);
    // One that sets nothing would take every HCA.
    if (saysSelectors && !selectsAnything(one, isUnreadable)) refuseEmpty(one.path, findings);
  }
  warnEntries('ifNames', resource.devices ?? [], `${path}.devices`, isUnreadable, findings);
  if (saysSelectors === saysDevices) return null;
  return Object.freeze(
    hasEntries(resource.devices)
      ? [selectorOf({ ifNames: resource.devices ?? [] })]
      : written.map(({ selectors }) => selectorOf(selectors)),
  );
}

/** Judges `exclude` of a resource, which may be absent or empty. */
export function validateExclusion(
  resource: ResourceDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): readonly Selector[] {
  const written = writtenAt(resource.exclude, `${path}.exclude`);
  for (const one of written) warnNeverMatching(one, isUnreadable, findings);
  return Object.freeze(written.map(({ selectors }) => selectorOf(selectors)));
}

/** One object of selectors, and where it stands. */
interface Written {
  readonly selectors: SelectorsDocument;
  readonly path: string;
}

function writtenAt(value: OneOrMore<SelectorsDocument> | undefined, path: string): readonly Written[] {
  if (value === undefined) return [];
  return isList(value)
    ? value.map((selectors, index) => ({ selectors, path: `${path}[${index}]` }))
    : [{ selectors: value, path }];
}

function isList<T>(value: OneOrMore<T>): value is readonly T[] {
  return Array.isArray(value);
}

function hasEntries(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}

function selectsAnything({ selectors, path }: Written, isUnreadable: (path: string) => boolean): boolean {
  return (
    isUnreadable(path) || selectorFields.some((key) => hasEntries(selectors[key]) || isUnreadable(`${path}.${key}`))
  );
}

function selectorOf(selectors: SelectorsDocument): Selector {
  const entries = (key: SelectorKey): readonly string[] =>
    Object.freeze((selectors[key] ?? []).map((entry) => readEntry(key, String(entry))));
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

function refuseBoth(path: string, findings: SettingsFindings): void {
  findings.refuse({
    code: 'CONFIG_SELECTORS_AND_DEVICES',
    path,
    found: 'has both devices and selectors',
    allowed: 'exactly one of the two may choose the HCAs',
    remedy: 'Move the interface names of devices into selectors.ifNames and take devices out.',
  });
}

function refuseNeither({ devices, selectors }: ResourceDocument, path: string, findings: SettingsFindings): void {
  const present = devices !== undefined || selectors !== undefined;
  findings.refuse({
    code: 'CONFIG_SELECTORS_MISSING',
    path,
    found: present ? 'has only empty selectors or devices' : 'has neither selectors nor devices',
    allowed: `selectors must have at least one entry in one of ${selectorFields.join(', ')}`,
    remedy: 'Add selectors that choose the HCAs of the resource, for example vendors with "15b3".',
  });
}

function refuseEmpty(path: string, findings: SettingsFindings): void {
  findings.refuse({
    code: 'CONFIG_SELECTORS_MISSING',
    path,
    found: 'is empty',
    allowed: `each object of selectors must have at least one entry in one of ${selectorFields.join(', ')}`,
    remedy: 'Take it out, or add an entry.',
  });
}

function warnDevices(path: string, findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_DEVICES_DEPRECATED',
    path: `${path}.devices`,
    found: 'is the old form',
    allowed: 'it is read as selectors.ifNames',
    remedy: 'Move the interface names into selectors.ifNames.',
  });
}

function warnNeverMatching(
  { selectors, path }: Written,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): void {
  for (const key of selectorFields)
    warnEntries(key, (selectors[key] ?? []).map(String), `${path}.${key}`, isUnreadable, findings);
}

function warnEntries(
  key: SelectorKey,
  list: readonly string[],
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): void {
  list.forEach((value, index) => {
    const entryPath = `${path}[${index}]`;
    if (!isUnreadable(entryPath)) warnIfNeverMatching(key, value, entryPath, findings);
  });
}

function warnIfNeverMatching(key: SelectorKey, value: string, path: string, findings: SettingsFindings): void {
  const { matches, allowed } = entryRules[key];
  if (matches.test(value)) return;
  const meant = readEntry(key, value);
  if (!matches.test(meant)) return warnNothing(value, allowed, path, findings);
  findings.warn({
    code: 'CONFIG_SELECTOR_NORMALIZED',
    path,
    found: `is ${printableString(value)}, and is read as ${printableString(meant)}`,
    allowed,
    remedy: `Write ${printableString(meant)} instead.`,
  });
}

function warnNothing(value: string, allowed: string, path: string, findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_SELECTOR_IMPOSSIBLE',
    path,
    found: `is ${printableString(value)}, which no HCA can match`,
    allowed,
    remedy: 'Correct the entry or take it out.',
  });
}
