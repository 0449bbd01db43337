// SPDX-License-Identifier: Apache-2.0
import { allowedTemplate, shortestName, templateFault } from './name-template.ts';
import { type ResourceNameVerdict, checkResourceName } from '../kubelet-limits/resource-name.ts';
import { type ResourceDocument, settingsDefaults } from './document.ts';
import type { SettingsFindings } from './findings.ts';
import { printableString } from '../text/printable.ts';

/** `name` is null where the kubelet would refuse it or it could not be read; `nameTemplate` is the same where it is a template. */
export interface JudgedName {
  readonly name: string | null;
  readonly nameTemplate: string | null;
}

type NameKey = 'resourceName' | 'resourceNameTemplate';

/** Judges `resourceName` or `resourceNameTemplate`, of which exactly one must say something, and `resourcePrefix`. */
export function validateName(
  resource: ResourceDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): JudgedName {
  const key: NameKey =
    resource.resourceNameTemplate || isUnreadable(`${path}.resourceNameTemplate`)
      ? 'resourceNameTemplate'
      : 'resourceName';
  if (key === 'resourceNameTemplate' && resource.resourceName) refuseBoth(path, findings);
  if (isUnreadable(`${path}.${key}`)) return { name: null, nameTemplate: null };
  const written = resource[key] ?? '';
  const prefix = resource.resourcePrefix || settingsDefaults.resourcePrefix;
  const isGood = isGoodName(resource, key, written, path, findings);
  const verdict = checkResourceName(prefix, isGood ? nameToJudge(key, written) : 'name');
  if (!verdict.acceptable) refuseName(verdict, key, { prefix, name: written }, path, findings);
  const usable = isGood && verdict.acceptable && !isUnreadable(`${path}.resourcePrefix`);
  const name = usable ? `${prefix}/${written}` : null;
  return { name, nameTemplate: key === 'resourceNameTemplate' ? name : null };
}

/** Of a template, the kubelet can be asked only what stands around the placeholders. */
function nameToJudge(key: NameKey, written: string): string {
  return key === 'resourceName' ? written : shortestName(written);
}

/** Judges what does not hang on the kubelet. */
function isGoodName(
  resource: ResourceDocument,
  key: NameKey,
  written: string,
  path: string,
  findings: SettingsFindings,
): boolean {
  if (written === '') {
    refuseMissingName(resource, path, findings);
    return false;
  }
  const fault = key === 'resourceName' ? null : templateFault(written);
  if (fault !== null) refuseTemplate(written, fault, path, findings);
  return fault === null;
}

function refuseMissingName(resource: ResourceDocument, path: string, findings: SettingsFindings): void {
  findings.refuse({
    code: 'CONFIG_RESOURCE_NAME_MISSING',
    path: `${path}.resourceName`,
    found: resource.resourceName === undefined ? 'is missing' : 'is empty',
    allowed: 'each resource must have a name',
    remedy: 'Add a resourceName, the part after the slash of what pods ask for.',
  });
}

function refuseBoth(path: string, findings: SettingsFindings): void {
  findings.refuse({
    code: 'CONFIG_RESOURCE_NAME_AND_TEMPLATE',
    path,
    found: 'has both resourceName and resourceNameTemplate',
    allowed: 'exactly one of the two may name it',
    remedy: 'Keep resourceName for one resource, or resourceNameTemplate for one for each HCA, NUMA node or rail.',
  });
}

function refuseTemplate(template: string, fault: string, path: string, findings: SettingsFindings): void {
  findings.refuse({
    code: 'CONFIG_RESOURCE_NAME_TEMPLATE_INVALID',
    path: `${path}.resourceNameTemplate`,
    found: `is ${printableString(template)}, which ${fault}`,
    allowed: `it must be ${allowedTemplate}`,
    remedy: 'Write it as in "hca_{rdmaDevice}", or use resourceName for a name without placeholders.',
  });
}

function refuseName(
  verdict: Extract<ResourceNameVerdict, { acceptable: false }>,
  nameKey: NameKey,
  parts: { readonly prefix: string; readonly name: string },
  path: string,
  findings: SettingsFindings,
): void {
  const key = verdict.part === 'prefix' ? 'resourcePrefix' : nameKey;
  findings.refuse({
    code: verdict.part === 'prefix' ? 'CONFIG_RESOURCE_PREFIX_INVALID' : 'CONFIG_RESOURCE_NAME_INVALID',
    path: `${path}.${key}`,
    found: `is ${printableString(parts[verdict.part])}, which ${verdict.reason}`,
    allowed: `the kubelet accepts ${verdict.allowed}`,
    remedy: `Choose another ${key} that the kubelet accepts, and change the pods that ask for it.`,
  });
}
