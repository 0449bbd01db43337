// SPDX-License-Identifier: Apache-2.0
import { type ResourceNameVerdict, checkResourceName } from '../../kubelet-limits/resource-name.ts';
import { printableString } from '../../text/printable.ts';
import type { ResourceDocument } from '../document.ts';
import type { SettingsFindings } from './findings.ts';
import { allowedTemplate, shortestName, templateFault } from '../name-template.ts';
import { settingsDefaults } from '../settings.ts';

/** `name` is null where it is invalid or was rejected; `nameTemplate` is `name` where that is a template, else null. */
export interface NameVerdict {
  readonly name: string | null;
  readonly nameTemplate: string | null;
}

type NameKey = 'resourceName' | 'resourceNameTemplate';

/** Checks `resourcePrefix`, `resourceName` and `resourceNameTemplate`; exactly one of the last two must be set. */
export function validateName(resource: ResourceDocument, path: string, findings: SettingsFindings): NameVerdict {
  const hasTemplate = resource.resourceNameTemplate !== undefined && resource.resourceNameTemplate !== '';
  const key: NameKey = hasTemplate ? 'resourceNameTemplate' : 'resourceName';
  if (hasTemplate && resource.resourceName) rejectBoth(path, findings);
  const written = resource[key] ?? '';
  if (resource[key] === null) return { name: null, nameTemplate: null };
  const prefix = resource.resourcePrefix || settingsDefaults.resourcePrefix;
  const isUsable = checkPlainName(resource, key, written, path, findings);
  const verdict = checkResourceName(prefix, isUsable ? nameToCheck(key, written) : 'name');
  if (!verdict.acceptable) rejectName(verdict, key, { prefix, name: written }, path, findings);
  const name = isUsable && verdict.acceptable && resource.resourcePrefix !== null ? `${prefix}/${written}` : null;
  return { name, nameTemplate: hasTemplate ? name : null };
}

/** The kubelet can judge only the text around the placeholders of a template. */
function nameToCheck(key: NameKey, written: string): string {
  return key === 'resourceName' ? written : shortestName(written);
}

/** Checks what does not depend on the kubelet. Returns whether all is well. */
function checkPlainName(
  resource: ResourceDocument,
  key: NameKey,
  written: string,
  path: string,
  findings: SettingsFindings,
): boolean {
  if (written === '') {
    rejectMissingName(resource, path, findings);
    return false;
  }
  const fault = key === 'resourceName' ? null : templateFault(written);
  if (fault !== null) rejectTemplate(written, fault, path, findings);
  return fault === null;
}

function rejectMissingName(resource: ResourceDocument, path: string, findings: SettingsFindings): void {
  findings.reject({
    code: 'CONFIG_RESOURCE_NAME_MISSING',
    path: `${path}.resourceName`,
    found: resource.resourceName === undefined ? 'is missing' : 'is empty',
    allowed: 'each resource must have a name',
    remedy: 'Add a resourceName: the part after the slash in the name that pods request.',
  });
}

function rejectBoth(path: string, findings: SettingsFindings): void {
  findings.reject({
    code: 'CONFIG_RESOURCE_NAME_AND_TEMPLATE',
    path,
    found: 'has both resourceName and resourceNameTemplate',
    allowed: 'a resource must have exactly one of them',
    remedy: 'Keep resourceName for one resource, or resourceNameTemplate for one resource per HCA, NUMA node or rail.',
  });
}

function rejectTemplate(template: string, fault: string, path: string, findings: SettingsFindings): void {
  findings.reject({
    code: 'CONFIG_RESOURCE_NAME_TEMPLATE_INVALID',
    path: `${path}.resourceNameTemplate`,
    found: `is ${printableString(template)}, which ${fault}`,
    allowed: `it must be ${allowedTemplate}`,
    remedy: 'Write a template such as "hca_{rdmaDevice}", or use resourceName for a name without placeholders.',
  });
}

function rejectName(
  verdict: Extract<ResourceNameVerdict, { acceptable: false }>,
  nameKey: NameKey,
  parts: { readonly prefix: string; readonly name: string },
  path: string,
  findings: SettingsFindings,
): void {
  const key = verdict.part === 'prefix' ? 'resourcePrefix' : nameKey;
  findings.reject({
    code: verdict.part === 'prefix' ? 'CONFIG_RESOURCE_PREFIX_INVALID' : 'CONFIG_RESOURCE_NAME_INVALID',
    path: `${path}.${key}`,
    found: `is ${printableString(parts[verdict.part])}, which ${verdict.reason}`,
    allowed: `the kubelet accepts ${verdict.allowed}`,
    remedy: `Choose a ${key} that the kubelet accepts, and use it in the pods that request the resource.`,
  });
}
