// SPDX-License-Identifier: Apache-2.0
import { type ResourceNameFault, checkResourceName } from '../../kubelet-limits/resource-name.ts';
import { printableString } from '../../text/printable.ts';
import type { ResourceDocument } from '../document.ts';
import { allowedTemplate, shortestName, templateFault } from '../name-template.ts';
import { settingsDefaults } from '../settings.ts';
import type { SettingsPlace } from './findings.ts';

/** `name` is null if it is invalid or was rejected; `nameTemplate` is `name` if that is a template, else null. */
interface NameVerdict {
  readonly name: string | null;
  readonly nameTemplate: string | null;
}

type NameKey = 'resourceName' | 'resourceNameTemplate';

/** Checks `resourcePrefix`, `resourceName` and `resourceNameTemplate`; exactly one of the last two must be set. */
export function validateName(resource: ResourceDocument, place: SettingsPlace): NameVerdict {
  const hasTemplate = resource.resourceNameTemplate !== undefined && resource.resourceNameTemplate !== '';
  const key = hasTemplate ? 'resourceNameTemplate' : 'resourceName';
  if (hasTemplate && resource.resourceName) rejectBoth(place);
  const written = resource[key] ?? '';
  if (resource[key] === null) return { name: null, nameTemplate: null };
  const prefix = resource.resourcePrefix || settingsDefaults.resourcePrefix;
  const isUsable = checkPlainName(resource, key, place.at(key));
  const fault = checkResourceName(prefix, isUsable ? nameToCheck(key, written) : 'name');
  if (fault?.part === 'prefix') rejectPart(fault, 'resourcePrefix', prefix, place);
  if (fault?.part === 'name') rejectPart(fault, key, written, place);
  const name = isUsable && fault === null && resource.resourcePrefix !== null ? `${prefix}/${written}` : null;
  return { name, nameTemplate: hasTemplate ? name : null };
}

/** The kubelet can judge only the text around the placeholders of a template. */
function nameToCheck(key: NameKey, written: string): string {
  return key === 'resourceName' ? written : shortestName(written);
}

/** Checks what does not depend on the kubelet. Returns whether nothing is wrong. */
function checkPlainName(resource: ResourceDocument, key: NameKey, place: SettingsPlace): boolean {
  const written = resource[key] ?? '';
  const fault = key === 'resourceName' ? null : templateFault(written);
  if (written === '')
    place.reject('CONFIG_RESOURCE_NAME_MISSING', {
      found: resource[key] === undefined ? 'is missing' : 'is empty',
      allowed: 'each resource must have a name',
      remedy: 'Add a resourceName: the part after the slash in the name that pods request.',
    });
  if (fault !== null)
    place.reject('CONFIG_RESOURCE_NAME_TEMPLATE_INVALID', {
      found: `is ${printableString(written)}, which ${fault}`,
      allowed: `it must be ${allowedTemplate}`,
      remedy: 'Write a template such as "hca_{rdmaDevice}", or use resourceName for a name without placeholders.',
    });
  return written !== '' && fault === null;
}

function rejectBoth(place: SettingsPlace): void {
  place.reject('CONFIG_RESOURCE_NAME_AND_TEMPLATE', {
    found: 'has both resourceName and resourceNameTemplate',
    allowed: 'a resource must have exactly one of them',
    remedy: 'Keep resourceName for one resource, or resourceNameTemplate for one resource per HCA, NUMA node or rail.',
  });
}

function rejectPart(
  { part, reason, allowed }: ResourceNameFault,
  key: NameKey | 'resourcePrefix',
  written: string,
  place: SettingsPlace,
): void {
  place
    .at(key)
    .reject(part === 'prefix' ? 'CONFIG_RESOURCE_PREFIX_INVALID' : 'CONFIG_RESOURCE_NAME_INVALID', {
      found: `is ${printableString(written)}, which ${reason}`,
      allowed: `the kubelet accepts ${allowed}`,
      remedy: `Choose a ${key} that the kubelet accepts, and use it in the pods that request the resource.`,
    });
}
