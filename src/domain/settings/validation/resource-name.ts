// SPDX-License-Identifier: Apache-2.0
import { type ResourceNameFault, checkResourceName } from '../../kubelet-limits/resource-name.ts';
import { printableString } from '../../text/printable.ts';
import type { ResourceDocument } from '../document.ts';
import { allowedTemplate, shortestName, templateFault } from '../name-template.ts';
import { settingsDefaults } from '../settings.ts';
import type { FindingText, SettingsPlace } from './findings.ts';

/**
 * `name` is null if it is invalid or was rejected; `written` is the name as written. `nameTemplate` is `name` if that
 * is a template, else null.
 */
interface NameVerdict {
  readonly name: string | null;
  readonly written: string;
  readonly nameTemplate: string | null;
}

type NameKey = 'resourceName' | 'resourceNameTemplate';

/** Checks `resourcePrefix`, `resourceName` and `resourceNameTemplate`; exactly one of the last two must be set. */
export function validateName(resource: ResourceDocument, place: SettingsPlace): NameVerdict {
  const hasTemplate = resource.resourceNameTemplate !== undefined && resource.resourceNameTemplate !== '';
  const key = hasTemplate ? 'resourceNameTemplate' : 'resourceName';
  if (hasTemplate && resource.resourceName) rejectBoth(place);
  const written = resource[key] ?? '';
  const prefix = resource.resourcePrefix || settingsDefaults.resourcePrefix;
  const full = `${prefix}/${written}`;
  if (resource[key] === null) return { name: null, written: full, nameTemplate: null };
  const isUsable = checkPlainName(resource, key, place.at(key));
  const fault = checkResourceName(prefix, isUsable ? nameToCheck(key, written) : 'name');
  if (fault?.part === 'prefix')
    place
      .at('resourcePrefix')
      .rejectResource('CONFIG_RESOURCE_PREFIX_INVALID', faultText(fault, 'resourcePrefix', prefix));
  if (fault?.part === 'name')
    rejectName(faultText(fault, key, written), hasNameCharacters(key, written), place.at(key));
  const name = isUsable && fault === null && resource.resourcePrefix !== null ? full : null;
  return { name, written: full, nameTemplate: hasTemplate ? name : null };
}

/**
 * Whether a name has no characters but those of resource names. Upstream itself rejects a document with any other, such
 * as that of a Helm template that was not rendered.
 */
function hasNameCharacters(key: NameKey, written: string): boolean {
  return /^[\w.-]*$/.test(nameToCheck(key, written));
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

function rejectName(text: FindingText, isOfNameCharacters: boolean, place: SettingsPlace): void {
  if (isOfNameCharacters) place.rejectResource('CONFIG_RESOURCE_NAME_INVALID', text);
  else place.reject('CONFIG_RESOURCE_NAME_INVALID', text);
}

function faultText(
  { reason, allowed }: ResourceNameFault,
  key: NameKey | 'resourcePrefix',
  written: string,
): FindingText {
  return {
    found: `is ${printableString(written)}, which ${reason}`,
    allowed: `the kubelet accepts ${allowed}`,
    remedy: `Choose a ${key} that the kubelet accepts, and use it in the pods that request the resource.`,
  };
}
