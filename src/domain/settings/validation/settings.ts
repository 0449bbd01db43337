// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '../../problem/problem.ts';
import { type SettingsDocument, hasElements, hasRejectedPart } from '../document.ts';
import { type ClusterSettings, settingsDefaults } from '../settings.ts';
import { namesOf, settingsOf, validateConfigList } from './config-list.ts';
import { SettingsPlace } from './findings.ts';
import { validateNodeEntries, warnUnmatchedRemovals } from './node-entries.ts';
import { limitInterval } from './update-interval.ts';

/**
 * `settings` is null if there are problems, or if the schema rejected a part of the document. Otherwise what only the
 * kubelet would reject is in `settings`.
 */
export interface SettingsVerdict {
  readonly settings: ClusterSettings | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Checks what a document means, and finds every problem at once, each with its path. Skips parts that the schema
 * rejected, because their problems are reported already. The settings are deeply frozen.
 */
export function validateSettings(document: SettingsDocument): SettingsVerdict {
  const root = new SettingsPlace();
  const { periodicUpdateInterval, setLinksUp } = settingsDefaults.node;
  if (!mayHaveResources(document)) rejectNoResources(document, root.at('configList'));
  const resources = validateConfigList(document.configList, root.at('configList'));
  const nodes = validateNodeEntries(document.nodes ?? [], root.at('nodes'));
  warnUnmatchedRemovals(nodes, [...namesOf(resources), ...nodes.flatMap(({ names }) => names)]);
  const interval = document.periodicUpdateInterval ?? periodicUpdateInterval;
  const settings = Object.freeze({
    periodicUpdateInterval: limitInterval(interval, root.at('periodicUpdateInterval')),
    setLinksUp: document.setLinksUp ?? setLinksUp,
    ...settingsOf(resources),
    nodes: Object.freeze(nodes.flatMap(({ entry }) => entry ?? [])),
  });
  const { problems, warnings } = root;
  const rejections = [settings, ...settings.nodes].flatMap(({ rejected }) => rejected.flatMap((one) => one.problems));
  const isValid = problems.length === rejections.length && !hasRejectedPart(document);
  return isValid ? { settings, problems: [], warnings } : { settings: null, problems, warnings };
}

/** A part that the schema rejected may have had resources. */
function mayHaveResources({ configList, nodes }: SettingsDocument): boolean {
  const inNodes = nodes?.some((entry) => entry === null || hasElements(entry.configList)) ?? nodes === null;
  return inNodes || hasElements(configList);
}

function rejectNoResources({ configList }: SettingsDocument, place: SettingsPlace): void {
  place.reject('CONFIG_NO_RESOURCES', {
    found: configList === undefined ? 'is missing' : 'is empty',
    allowed: 'it must be a list of at least one resource',
    remedy: 'Add a resource with resourceName, rdmaHcaMax and selectors.',
  });
}
