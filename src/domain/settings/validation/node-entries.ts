// SPDX-License-Identifier: Apache-2.0
import { matchesGlob } from '../../text/glob.ts';
import { printableString } from '../../text/printable.ts';
import { type NodeEntryDocument, type WrittenList, acceptedOf } from '../document.ts';
import type { NodeEntry } from '../settings.ts';
import { namesOf, settingsOf, validateConfigList } from './config-list.ts';
import type { SettingsPlace } from './findings.ts';
import { validateMatch } from './node-match.ts';
import { limitInterval } from './update-interval.ts';

/** One element of `nodes`. The document and the entry are null if the schema rejected the element. */
export interface NodeEntryVerdict {
  readonly place: SettingsPlace;
  readonly document: NodeEntryDocument | null;
  readonly entry: NodeEntry | null;
  /** The names of its resources; null for a name that is not known. */
  readonly names: readonly (string | null)[];
}

/** Checks every entry of `nodes`, including those for other nodes. */
export function validateNodeEntries(
  nodes: WrittenList<NodeEntryDocument>,
  list: SettingsPlace,
): readonly NodeEntryVerdict[] {
  return nodes.map((document, index) => {
    const place = list.at(index);
    return document === null ? { place, document, entry: null, names: [null] } : validateEntry(document, place);
  });
}

/**
 * Warns about patterns in `remove` that match no resource of the document, because nothing else shows that a removal
 * has no effect. Does nothing if a name is not known, or if there are no resources at all.
 */
export function warnUnmatchedRemovals(entries: readonly NodeEntryVerdict[], names: readonly (string | null)[]): void {
  if (names.length === 0 || names.includes(null)) return;
  const knownNames = [...new Set(acceptedOf(names))];
  for (const { place, document } of entries) {
    document?.remove?.forEach((pattern, index) => {
      if (pattern === null || knownNames.some((name) => matchesGlob(pattern, name))) return;
      place
        .at('remove')
        .at(index)
        .warn('CONFIG_REMOVE_NO_MATCH', {
          found: `is ${printableString(pattern)}, which matches no resource of these settings`,
          allowed: `the resources are ${knownNames.slice(0, 10).map(printableString).join(', ')}`,
          remedy: 'Write the full name of a resource, <resourcePrefix>/<resourceName>, or a pattern of it.',
        });
    });
  }
}

function validateEntry(document: NodeEntryDocument, place: SettingsPlace): NodeEntryVerdict {
  const { periodicUpdateInterval: interval = null, setLinksUp = null } = document;
  const match = validateMatch(document.match, place.at('match'));
  const periodicUpdateInterval = interval === null ? null : limitInterval(interval, place.at('periodicUpdateInterval'));
  const resources = validateConfigList(document.configList, place.at('configList'));
  if (changesNothing(document))
    place.warn('CONFIG_NODE_ENTRY_EMPTY', {
      found: 'changes nothing on the nodes that it matches',
      allowed: `an entry changes them with ${changingKeys.join(', ')}`,
      remedy: 'Add the settings that are different on these nodes, or remove the entry.',
    });
  const entry = Object.freeze({
    path: place.path,
    match,
    remove: Object.freeze(acceptedOf(document.remove)),
    ...settingsOf(resources),
    periodicUpdateInterval,
    setLinksUp,
  });
  return { place, document, entry, names: namesOf(resources) };
}

const changingKeys = ['periodicUpdateInterval', 'setLinksUp', 'configList', 'remove'] as const;

function changesNothing(document: NodeEntryDocument): boolean {
  return changingKeys.every((key) => {
    const value = document[key];
    return value === undefined || (Array.isArray(value) && value.length === 0);
  });
}
