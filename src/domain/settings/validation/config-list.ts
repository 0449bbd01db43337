// SPDX-License-Identifier: Apache-2.0
import { printableString } from '../../text/printable.ts';
import { type ResourceDocument, type WrittenList, acceptedOf } from '../document.ts';
import type { RejectedResource, ResourceSettings } from '../settings.ts';
import type { SettingsPlace } from './findings.ts';
import { type ResourceVerdict, validateResource } from './resource.ts';

/**
 * Checks a `configList`, of the document or of an entry of `nodes`. Null replaces a resource that the schema
 * rejected, or the whole list.
 */
export function validateConfigList(
  configList: WrittenList<ResourceDocument> | null | undefined,
  place: SettingsPlace,
): readonly (ResourceVerdict | null)[] {
  if (configList === null) return [null];
  const verdicts = (configList ?? []).map((resource, index) => resource && validateResource(resource, place.at(index)));
  rejectDuplicateNames(namesOf(verdicts), place);
  return verdicts;
}

/** Returns the names of the resources; null for a name that is not known. */
export function namesOf(verdicts: readonly (ResourceVerdict | null)[]): readonly (string | null)[] {
  return verdicts.map((verdict) => verdict?.name ?? null);
}

/** Returns the resources to offer, and those that only the kubelet would reject. */
export function settingsOf(verdicts: readonly (ResourceVerdict | null)[]): {
  readonly resources: readonly ResourceSettings[];
  readonly rejected: readonly RejectedResource[];
} {
  const accepted = acceptedOf(verdicts);
  return {
    resources: Object.freeze(accepted.flatMap(({ settings, rejected }) => (rejected === null ? settings : []))),
    rejected: Object.freeze(accepted.flatMap(({ rejected }) => rejected ?? [])),
  };
}

function rejectDuplicateNames(names: readonly (string | null)[], list: SettingsPlace): void {
  names.forEach((name, index) => {
    const first = names.indexOf(name);
    if (name === null || first === index) return;
    const key = name.includes('{') ? 'resourceNameTemplate' : 'resourceName';
    list
      .at(index)
      .at(key)
      .reject('CONFIG_RESOURCE_NAME_DUPLICATE', {
        found: `defines the resource ${printableString(name)}, which ${list.at(first).path} already defines`,
        allowed: 'each resource must have its own name',
        remedy: 'Change the resourceName or the resourcePrefix of one of the two, or remove it.',
      });
  });
}
