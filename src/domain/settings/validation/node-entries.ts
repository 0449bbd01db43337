// SPDX-License-Identifier: Apache-2.0
import { matchesGlob } from '../../text/glob.ts';
import { printableString } from '../../text/printable.ts';
import { type NodeEntryDocument, type WrittenList, acceptedOf } from '../document.ts';
import type { SettingsFindings } from './findings.ts';
import type { NodeEntry } from '../settings.ts';
import { limitInterval } from '../update-interval.ts';
import { namesOf, settingsOf, validateConfigList } from './config-list.ts';
import { validateMatch } from './node-match.ts';

/** One element of `nodes`. The document and the entry are null where the schema rejected the element. */
export interface NodeEntryVerdict {
  readonly path: string;
  readonly document: NodeEntryDocument | null;
  readonly entry: NodeEntry | null;
  /** The names of its resources; null is a name that is not known. */
  readonly names: readonly (string | null)[];
}

/** Checks every entry of `nodes`, also those of other nodes. */
export function validateNodeEntries(
  nodes: WrittenList<NodeEntryDocument>,
  findings: SettingsFindings,
): readonly NodeEntryVerdict[] {
  return nodes.map((document, index) => {
    const path = `nodes[${index}]`;
    return document === null ? { path, document, entry: null, names: [null] } : validateEntry(document, path, findings);
  });
}

/**
 * Warns about patterns in `remove` that match no resource of the document: nothing else shows that a removal has no
 * effect. Silent while a name is not known, or where there are no resources at all.
 */
export function warnUnmatchedRemovals(
  entries: readonly NodeEntryVerdict[],
  names: readonly (string | null)[],
  findings: SettingsFindings,
): void {
  if (names.length === 0 || names.includes(null)) return;
  const knownNames = acceptedOf(names);
  for (const { path, document } of entries) {
    document?.remove?.forEach((pattern, index) => {
      if (pattern === null || knownNames.some((name) => matchesGlob(pattern, name))) return;
      warnUnmatchedRemoval(pattern, `${path}.remove[${index}]`, knownNames, findings);
    });
  }
}

function validateEntry(document: NodeEntryDocument, path: string, findings: SettingsFindings): NodeEntryVerdict {
  const { periodicUpdateInterval: interval = null, setLinksUp = null } = document;
  const match = validateMatch(document.match, `${path}.match`, findings);
  const intervalPath = `${path}.periodicUpdateInterval`;
  const periodicUpdateInterval = interval === null ? null : limitInterval(interval, intervalPath, findings);
  const resources = validateConfigList(document.configList, `${path}.configList`, findings);
  if (changesNothing(document)) warnNoChange(path, findings);
  const entry = Object.freeze({
    path,
    match,
    remove: Object.freeze(acceptedOf(document.remove)),
    resources: settingsOf(resources),
    periodicUpdateInterval,
    setLinksUp,
  });
  return { path, document, entry, names: namesOf(resources) };
}

const changingKeys = ['periodicUpdateInterval', 'setLinksUp', 'configList', 'remove'] as const;

function changesNothing(document: NodeEntryDocument): boolean {
  return changingKeys.every((key) => {
    const value = document[key];
    return value === undefined || (Array.isArray(value) && value.length === 0);
  });
}

function warnNoChange(path: string, findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_NODE_ENTRY_EMPTY',
    path,
    found: 'changes nothing on the nodes that it matches',
    allowed: `an entry changes them with ${changingKeys.join(', ')}`,
    remedy: 'Add the settings that are different on these nodes, or remove the entry.',
  });
}

function warnUnmatchedRemoval(
  pattern: string,
  path: string,
  names: readonly string[],
  findings: SettingsFindings,
): void {
  findings.warn({
    code: 'CONFIG_REMOVE_NO_MATCH',
    path,
    found: `is ${printableString(pattern)}, which matches no resource of these settings`,
    allowed: `the resources are ${[...new Set(names)].slice(0, 10).map(printableString).join(', ')}`,
    remedy: 'Write the full name of a resource, <resourcePrefix>/<resourceName>, or a pattern of it.',
  });
}
