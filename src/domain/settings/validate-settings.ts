// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '../problem/problem.ts';
import { validateNodeEntries, warnRemovals } from './validate-node-entries.ts';
import { validateResource } from './validate-resource.ts';
import { longestUpdateInterval, settingsDefaults } from './document.ts';
import type { NodeSettingsDocument, ResourceDocument, SettingsDocument } from './document.ts';
import { SettingsFindings } from './findings.ts';
import type { ClusterSettings, ResourceSettings } from './settings.ts';
import { printableString } from '../text/printable.ts';

/** `settings` is null exactly when there are problems, or when a part of the document could not be read. */
export interface SettingsVerdict {
  readonly settings: ClusterSettings | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Says whether what stands at a path could not be read, so that nothing more is to be said about it. */
export type IsUnreadable = (path: string) => boolean;

/**
 * Judges a document by the meaning of upstream's config.json: every problem at once, each with its path. The settings
 * are deeply frozen.
 */
export function validateSettings(
  document: SettingsDocument,
  isUnreadable: IsUnreadable = () => false,
): SettingsVerdict {
  const findings = new SettingsFindings();
  const interval = validateInterval(
    document.periodicUpdateInterval ?? settingsDefaults.periodicUpdateInterval,
    'periodicUpdateInterval',
    findings,
  );
  const saysResources = [document, ...(document.nodes ?? [])].some(({ configList = [] }) => configList.length > 0);
  if (!saysResources && !isUnreadable('configList') && !isUnreadable('nodes')) refuseNoResources(document, findings);
  const resources = validateResources(document, '', isUnreadable, findings);
  const nodes = validateNodeEntries(document, isUnreadable, findings, {
    interval: (seconds, path) => validateInterval(seconds, path, findings),
    resources: (entry, path) => validateResources(entry, `${path}.`, isUnreadable, findings),
  });
  if (resources !== null && nodes !== null) warnRemovals(nodes, resources, isUnreadable, findings);
  const { problems, warnings } = findings;
  if (problems.length > 0 || resources === null || nodes === null) return { settings: null, problems, warnings };
  const settings = Object.freeze({
    periodicUpdateInterval: interval,
    setLinksUp: document.setLinksUp ?? settingsDefaults.setLinksUp,
    resources,
    nodes,
  });
  return { settings, problems, warnings };
}

function validateInterval(seconds: number, path: string, findings: SettingsFindings): number {
  if (seconds < 0) {
    findings.refuse({
      code: 'CONFIG_INTERVAL_NEGATIVE',
      path,
      found: `is ${seconds}`,
      allowed: 'it must be 0 or a positive number of seconds',
      remedy: 'Write 0 to turn the periodic scan off, or the number of seconds between two scans.',
    });
  }
  if (seconds > longestUpdateInterval) {
    findings.warn({
      code: 'CONFIG_INTERVAL_TOO_LONG',
      path,
      found: `is ${seconds}`,
      allowed: `the longest interval is ${longestUpdateInterval} seconds, and that is what is used`,
      remedy: `Write at most ${longestUpdateInterval}, or 0 to turn the periodic scan off.`,
    });
  }
  return Math.min(seconds, longestUpdateInterval);
}

/** Judges a `configList`, that of the document or of an entry of `nodes`; `around` is what stands before it in its path. */
function validateResources(
  { configList = [] }: NodeSettingsDocument,
  around: string,
  isUnreadable: IsUnreadable,
  findings: SettingsFindings,
): readonly ResourceSettings[] | null {
  const list = `${around}configList`;
  const verdicts = configList.map((resource: ResourceDocument, index) => {
    const path = `${list}[${index}]`;
    return isUnreadable(path) ? null : validateResource(resource, path, isUnreadable, findings);
  });
  refuseRepeatedNames(
    verdicts.map((verdict) => verdict?.name ?? null),
    list,
    findings,
  );
  const resources = verdicts.map((verdict) => verdict?.settings ?? null).filter((settings) => settings !== null);
  return isUnreadable(list) || resources.length < verdicts.length ? null : Object.freeze(resources);
}

function refuseNoResources(document: SettingsDocument, findings: SettingsFindings): void {
  findings.refuse({
    code: 'CONFIG_NO_RESOURCES',
    path: 'configList',
    found: document.configList === undefined ? 'is missing' : 'is empty',
    allowed: 'it must be a list of at least one resource',
    remedy: 'Add a resource with a resourceName, an rdmaHcaMax and selectors.',
  });
}

function refuseRepeatedNames(names: readonly (string | null)[], list: string, findings: SettingsFindings): void {
  const firstPlaces = new Map<string, number>();
  names.forEach((name, index) => {
    if (name === null) return;
    const first = firstPlaces.get(name);
    if (first === undefined) {
      firstPlaces.set(name, index);
      return;
    }
    findings.refuse({
      code: 'CONFIG_RESOURCE_NAME_DUPLICATE',
      path: `${list}[${index}].${name.includes('{') ? 'resourceNameTemplate' : 'resourceName'}`,
      found: `makes the resource ${printableString(name)}, which ${list}[${first}] makes already`,
      allowed: 'each resource must have a name of its own',
      remedy: 'Give one of the two another name or another resourcePrefix, or take it out.',
    });
  });
}
