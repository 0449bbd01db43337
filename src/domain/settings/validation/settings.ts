// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '../../problem/problem.ts';
import { type SettingsDocument, hasElements, hasRejectedPart } from '../document.ts';
import { SettingsFindings } from './findings.ts';
import { type ClusterSettings, settingsDefaults } from '../settings.ts';
import { limitInterval } from '../update-interval.ts';
import { validateNodeEntries, warnUnmatchedRemovals } from './node-entries.ts';
import { namesOf, settingsOf, validateConfigList } from './config-list.ts';

/** `settings` is null where there are problems, and where the schema rejected a part of the document. */
export interface SettingsVerdict {
  readonly settings: ClusterSettings | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Checks what a document means, and finds every problem at once, each with its path. Parts that the schema rejected are
 * skipped: their problems are reported already. The settings are deeply frozen.
 */
export function validateSettings(document: SettingsDocument): SettingsVerdict {
  const findings = new SettingsFindings();
  const { periodicUpdateInterval, setLinksUp } = settingsDefaults.node;
  if (!mayHaveResources(document)) rejectNoResources(document, findings);
  const resources = validateConfigList(document.configList, 'configList', findings);
  const nodes = validateNodeEntries(document.nodes ?? [], findings);
  warnUnmatchedRemovals(nodes, [...namesOf(resources), ...nodes.flatMap(({ names }) => names)], findings);
  const settings = Object.freeze({
    periodicUpdateInterval: limitInterval(
      document.periodicUpdateInterval ?? periodicUpdateInterval,
      'periodicUpdateInterval',
      findings,
    ),
    setLinksUp: document.setLinksUp ?? setLinksUp,
    resources: settingsOf(resources),
    nodes: Object.freeze(nodes.flatMap(({ entry }) => entry ?? [])),
  });
  const { problems, warnings } = findings;
  const isValid = problems.length === 0 && !hasRejectedPart(document);
  return { settings: isValid ? settings : null, problems, warnings };
}

/** A part that the schema rejected may have had resources. */
function mayHaveResources({ configList, nodes }: SettingsDocument): boolean {
  const mayHaveThem = nodes?.some((entry) => entry === null || hasElements(entry.configList)) ?? nodes === null;
  return mayHaveThem || hasElements(configList);
}

function rejectNoResources(document: SettingsDocument, findings: SettingsFindings): void {
  findings.reject({
    code: 'CONFIG_NO_RESOURCES',
    path: 'configList',
    found: document.configList === undefined ? 'is missing' : 'is empty',
    allowed: 'it must be a list of at least one resource',
    remedy: 'Add a resource with resourceName, rdmaHcaMax and selectors.',
  });
}
