// SPDX-License-Identifier: Apache-2.0
import type { Problem } from './errors.ts';
import { judgeResource } from './resource-validation.ts';
import { longestUpdateInterval, settingsDefaults } from './settings-document.ts';
import type { ResourceDocument, SettingsDocument } from './settings-document.ts';
import { SettingsFindings } from './settings-findings.ts';
import type { ResourceSettings, Settings } from './settings.ts';
import { shownString } from './shown-value.ts';

/** `settings` is null exactly when there are problems, or when a part of the document could not be read. */
export interface SettingsVerdict {
  readonly settings: Settings | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Says whether what stands at a path could not be read, so that nothing more is to be said about it. */
export type IsUnreadable = (path: string) => boolean;

/**
 * Judges a document by the meaning of upstream's config.json: every problem at once, each with its path. The settings
 * are deeply frozen.
 */
export function validateSettings(document: SettingsDocument, isUnreadable: IsUnreadable = () => false): SettingsVerdict {
  const findings = new SettingsFindings();
  const interval = judgeInterval(document, findings);
  const resources = judgeResources(document, isUnreadable, findings);
  const { problems, warnings } = findings;
  if (problems.length > 0 || resources.includes(null)) return { settings: null, problems, warnings };
  const settings = Object.freeze({
    periodicUpdateInterval: interval,
    setLinksUp: document.setLinksUp ?? settingsDefaults.setLinksUp,
    resources: Object.freeze(resources.filter((resource) => resource !== null)),
  });
  return { settings, problems, warnings };
}

function judgeInterval(document: SettingsDocument, findings: SettingsFindings): number {
  const path = 'periodicUpdateInterval';
  const seconds = document.periodicUpdateInterval ?? settingsDefaults.periodicUpdateInterval;
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

function judgeResources(
  document: SettingsDocument,
  isUnreadable: IsUnreadable,
  findings: SettingsFindings,
): readonly (ResourceSettings | null)[] {
  if (isUnreadable('configList')) return [null];
  const list = document.configList ?? [];
  if (list.length === 0) refuseNoResources(document, findings);
  const resources = list.map((resource: ResourceDocument, index) => {
    const path = `configList[${index}]`;
    return isUnreadable(path) ? null : judgeResource(resource, path, isUnreadable, findings);
  });
  refuseRepeatedNames(resources.map((resource) => resource?.name ?? null), findings);
  return resources.map((resource) => resource?.settings ?? null);
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

function refuseRepeatedNames(names: readonly (string | null)[], findings: SettingsFindings): void {
  const firstPlaces = new Map<string, number>();
  names.forEach((name, index) => {
    if (name === null) return;
    const first = firstPlaces.get(name);
    if (first === undefined) {
      firstPlaces.set(name, index);
      return;
    }
    findings.refuse({
      code: 'CONFIG_RESOURCE_NAME_TAKEN',
      path: `configList[${index}].resourceName`,
      found: `makes the resource ${shownString(name)}, which configList[${first}] makes already`,
      allowed: 'each resource must have a name of its own',
      remedy: 'Give one of the two another resourceName or another resourcePrefix, or take it out.',
    });
  });
}
