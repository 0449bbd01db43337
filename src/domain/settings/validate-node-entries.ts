// SPDX-License-Identifier: Apache-2.0
import { matchesGlob } from '../text/glob.ts';
import type { NodeEntryDocument, NodeMatchDocument, SettingsDocument } from './document.ts';
import { type SettingsFindings, keyPath } from './findings.ts';
import type { NodeEntry, NodeMatch, ResourceSettings } from './settings.ts';
import { printableString } from '../text/printable.ts';

/** How what an entry shares with the document is judged; null where anything is wrong with it. */
export interface SharedJudgement {
  interval(seconds: number, path: string): number;
  resources(entry: NodeEntryDocument, path: string): readonly ResourceSettings[] | null;
}

/** Judges `nodes`: every entry, whichever node this is. Null where anything is wrong. */
export function validateNodeEntries(
  { nodes = [] }: SettingsDocument,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
  shared: SharedJudgement,
): readonly NodeEntry[] | null {
  const entries = nodes.map((entry, index) => validateEntry(entry, `nodes[${index}]`, isUnreadable, findings, shared));
  const whole = entries.filter((entry) => entry !== null);
  return isUnreadable('nodes') || whole.length < entries.length ? null : Object.freeze(whole);
}

/** Warns of patterns in `remove` that no resource of the document has as its name: a removal that misses is not seen otherwise. */
export function warnRemovals(
  nodes: readonly NodeEntry[],
  everywhere: readonly ResourceSettings[],
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): void {
  const names = [...everywhere, ...nodes.flatMap(({ resources }) => resources)].map(({ name }) => name);
  for (const { path, remove } of nodes) {
    remove.forEach((pattern, index) => {
      if (!isUnreadable(`${path}.remove[${index}]`) && !names.some((name) => matchesGlob(pattern, name)))
        warnRemovesNothing(pattern, `${path}.remove[${index}]`, names, findings);
    });
  }
}

function validateEntry(
  entry: NodeEntryDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
  shared: SharedJudgement,
): NodeEntry | null {
  if (isUnreadable(path)) return null;
  const match = validateMatch(entry.match ?? {}, `${path}.match`, isUnreadable, findings);
  const interval =
    entry.periodicUpdateInterval === undefined
      ? null
      : shared.interval(entry.periodicUpdateInterval, `${path}.periodicUpdateInterval`);
  const resources = shared.resources(entry, path);
  if (changesNothing(entry, path, isUnreadable)) warnNoChange(path, findings);
  if (match === null || resources === null) return null;
  const remove = Object.freeze([...(entry.remove ?? [])]);
  return Object.freeze({
    path,
    match,
    remove,
    resources,
    periodicUpdateInterval: interval,
    setLinksUp: entry.setLinksUp ?? null,
  });
}

const changingKeys = ['periodicUpdateInterval', 'setLinksUp', 'configList', 'remove'] as const;

function changesNothing(entry: NodeEntryDocument, path: string, isUnreadable: (path: string) => boolean): boolean {
  return changingKeys.every((key) => {
    const value = entry[key];
    return !isUnreadable(`${path}.${key}`) && (value === undefined || (Array.isArray(value) && value.length === 0));
  });
}

function validateMatch(
  match: NodeMatchDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): NodeMatch | null {
  const { names = [] } = match;
  const labels = Object.entries(match.labels ?? {}).map(([key, value]) => Object.freeze({ key, value }));
  names.forEach((name, index) => {
    if (!isUnreadable(`${path}.names[${index}]`)) warnName(name, `${path}.names[${index}]`, findings);
  });
  for (const { key, value } of labels) warnLabel(key, value, `${path}.labels`, findings);
  const unreadable = isUnreadable(path) || isUnreadable(`${path}.names`) || isUnreadable(`${path}.labels`);
  if (unreadable) return null;
  if (names.length > 0 || labels.length > 0)
    return Object.freeze({ names: Object.freeze([...names]), labels: Object.freeze(labels) });
  refuseNoMatch(path, findings);
  return null;
}

function refuseNoMatch(path: string, findings: SettingsFindings): void {
  findings.refuse({
    code: 'CONFIG_NODE_MATCH_MISSING',
    path,
    found: 'has neither names nor labels',
    allowed: 'an entry of nodes must say which nodes it is for',
    remedy: 'Add names or labels; for every node, put the settings at the top, or write "names": ["*"].',
  });
}

/** Names of nodes are DNS names in lower case (k8s.io/kubernetes/pkg/apis/core/validation, ValidateNodeName). */
const nameOrPattern = /^[a-z0-9.*?[\]!-]+$/;

function warnName(name: string, path: string, findings: SettingsFindings): void {
  if (!nameOrPattern.test(name))
    warnNever(
      path,
      `is ${printableString(name)}`,
      'names of nodes have lower-case letters, digits, "-" and "." only',
      findings,
    );
}

/** As label keys and values are checked (k8s.io/apimachinery/pkg/util/validation, IsQualifiedName, IsValidLabelValue). */
const labelKey = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;
const valueOrPattern = /^[-\w.*?[\]!]*$/;

function warnLabel(key: string, value: string, path: string, findings: SettingsFindings): void {
  const place = keyPath(path, key);
  if (!labelKey.test(key))
    warnNever(place, 'is no key that a label can have', 'keys are such as "gpu" and "example.com/gpu"', findings);
  if (!valueOrPattern.test(value))
    warnNever(
      place,
      `is ${printableString(value)}`,
      'values of labels have letters, digits, "-", "_" and "." only',
      findings,
    );
}

function warnNever(path: string, found: string, allowed: string, findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_NODE_MATCH_IMPOSSIBLE',
    path,
    found: `${found}, which no node has`,
    allowed,
    remedy: 'Correct it, or take it out.',
  });
}

function warnNoChange(path: string, findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_NODE_ENTRY_EMPTY',
    path,
    found: 'changes nothing on the nodes that match',
    allowed: `an entry changes them by ${changingKeys.join(', ')}`,
    remedy: 'Add what is to be different on these nodes, or take the entry out.',
  });
}

function warnRemovesNothing(pattern: string, path: string, names: readonly string[], findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_REMOVE_NO_MATCH',
    path,
    found: `is ${printableString(pattern)}, which is no resource of these settings`,
    allowed: `they have ${[...new Set(names)].slice(0, 10).map(printableString).join(', ')}`,
    remedy: 'Write the full name of a resource, <resourcePrefix>/<resourceName>, or a pattern of it.',
  });
}
