// SPDX-License-Identifier: Apache-2.0
import type { ResourceDocument } from './settings-document.ts';
import type { SettingsFindings } from './settings-findings.ts';
import type { Selector } from './settings.ts';
import { shownString } from './shown-value.ts';

/** The keys of `selectors`, as upstream names them. */
export const selectorKeys = ['vendors', 'deviceIDs', 'drivers', 'ifNames', 'linkTypes'] as const;
type SelectorKey = (typeof selectorKeys)[number];

/** Judges `devices` and `selectors` of a resource, of which exactly one must say something. */
export function judgeSelection(
  resource: ResourceDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): Selector | null {
  const saysSelectors = selectsAnything(resource, path, isUnreadable);
  const saysDevices = hasEntries(resource.devices) || isUnreadable(`${path}.devices`);
  if (saysSelectors && saysDevices) refuseBoth(path, findings);
  if (!saysSelectors && !saysDevices) refuseNeither(resource, path, findings);
  if (hasEntries(resource.devices)) warnDevices(path, findings);
  warnNeverMatching(resource, path, isUnreadable, findings);
  return saysSelectors === saysDevices ? null : selectorOf(resource);
}

function hasEntries(list: readonly string[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}

function selectsAnything(
  { selectors }: ResourceDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
): boolean {
  if (isUnreadable(`${path}.selectors`)) return true;
  return selectorKeys.some((key) => hasEntries(selectors?.[key]) || isUnreadable(`${path}.selectors.${key}`));
}

function selectorOf({ devices, selectors }: ResourceDocument): Selector {
  return Object.freeze({
    vendors: frozenList(selectors?.vendors),
    deviceIDs: frozenList(selectors?.deviceIDs),
    drivers: frozenList(selectors?.drivers),
    ifNames: frozenList(hasEntries(devices) ? devices : selectors?.ifNames),
    linkTypes: frozenList(selectors?.linkTypes),
  });
}

function frozenList(list: readonly string[] | undefined): readonly string[] {
  return Object.freeze([...(list ?? [])]);
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
    allowed: `selectors must have at least one entry in one of ${selectorKeys.join(', ')}`,
    remedy: 'Add selectors that choose the HCAs of the resource, for example vendors with "15b3".',
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
  { devices, selectors }: ResourceDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): void {
  const warn = (key: SelectorKey, list: readonly string[], listPath: string): void => {
    list.forEach((value, index) => {
      const entryPath = `${listPath}[${index}]`;
      if (!isUnreadable(entryPath)) warnIfNeverMatching(key, value, entryPath, findings);
    });
  };
  for (const key of selectorKeys) warn(key, selectors?.[key] ?? [], `${path}.selectors.${key}`);
  warn('ifNames', devices ?? [], `${path}.devices`);
}

function warnIfNeverMatching(key: SelectorKey, value: string, path: string, findings: SettingsFindings): void {
  const { matches, allowed, suggest } = entryRules[key];
  if (matches.test(value)) return;
  const suggestion = suggest(value);
  findings.warn({
    code: 'CONFIG_SELECTOR_NEVER_MATCHES',
    path,
    found: `is ${shownString(value)}, which no HCA can match`,
    allowed,
    remedy: suggestion === null ? 'Correct the entry or take it out.' : `Write ${shownString(suggestion)} instead.`,
  });
}

/** What an entry must look like to match anything, and what the writer may have meant by another. */
interface EntryRule {
  readonly matches: RegExp;
  readonly allowed: string;
  readonly suggest: (value: string) => string | null;
}

const hexId: EntryRule = {
  matches: /^[0-9a-f]{4}$/,
  allowed: 'ids are compared exactly and are four lower-case hexadecimal digits without 0x',
  suggest: (value) => {
    const digits = /^(?:0x)?0*([0-9a-f]{1,4})$/.exec(value.trim().toLowerCase())?.[1];
    return digits === undefined ? null : digits.padStart(4, '0');
  },
};

const anyText: EntryRule = { matches: /./s, allowed: 'names are not empty', suggest: () => null };

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
  allowed: 'link types are compared exactly and are "ether" and "infiniband"',
  suggest: (value) => linkTypeWords.get(value.trim().toLowerCase()) ?? null,
};

const entryRules: Readonly<Record<SelectorKey, EntryRule>> = {
  vendors: hexId,
  deviceIDs: hexId,
  drivers: anyText,
  ifNames: anyText,
  linkTypes: linkType,
};
