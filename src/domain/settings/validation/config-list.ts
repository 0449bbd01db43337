// SPDX-License-Identifier: Apache-2.0
import { printableString } from '../../text/printable.ts';
import { type ResourceDocument, type WrittenList, acceptedOf } from '../document.ts';
import type { SettingsFindings } from './findings.ts';
import type { ResourceSettings } from '../settings.ts';
import { type ResourceVerdict, validateResource } from './resource.ts';

/**
 * Checks a `configList`, of the document or of an entry of `nodes`. Null is a resource, or the whole list, that was
 * rejected.
 */
export function validateConfigList(
  configList: WrittenList<ResourceDocument> | null | undefined,
  path: string,
  findings: SettingsFindings,
): readonly (ResourceVerdict | null)[] {
  if (configList === null) return [null];
  const verdicts = (configList ?? []).map(
    (resource, index) => resource && validateResource(resource, `${path}[${index}]`, findings),
  );
  rejectDuplicateNames(namesOf(verdicts), path, findings);
  return verdicts;
}

/** Null is a name that is not known. */
export function namesOf(verdicts: readonly (ResourceVerdict | null)[]): readonly (string | null)[] {
  return verdicts.map((verdict) => verdict?.name ?? null);
}

export function settingsOf(verdicts: readonly (ResourceVerdict | null)[]): readonly ResourceSettings[] {
  return Object.freeze(acceptedOf(verdicts).map(({ settings }) => settings));
}

function rejectDuplicateNames(names: readonly (string | null)[], list: string, findings: SettingsFindings): void {
  names.forEach((name, index) => {
    const first = names.indexOf(name);
    if (name === null || first === index) return;
    findings.reject({
      code: 'CONFIG_RESOURCE_NAME_DUPLICATE',
      path: `${list}[${index}].${name.includes('{') ? 'resourceNameTemplate' : 'resourceName'}`,
      found: `makes the resource ${printableString(name)}, which ${list}[${first}] already makes`,
      allowed: 'each resource must have its own name',
      remedy: 'Change the resourceName or the resourcePrefix of one of the two, or remove it.',
    });
  });
}
