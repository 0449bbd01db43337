// SPDX-License-Identifier: Apache-2.0
import { validateDeviceNodes } from './validate-device-nodes.ts';
import { validateHealth } from './validate-health.ts';
import { largestPoolThatFits, listSizeLimit, poolListSize } from '../kubelet-limits/list-size.ts';
import { validateName } from './validate-resource-name.ts';
import { validateExclusion, validateSelection } from './validate-selectors.ts';
import type { ResourceDocument } from './document.ts';
import { settingsDefaults } from './document.ts';
import type { SettingsFindings } from './findings.ts';
import type { AllocationPolicy, ResourceSettings, Sharing } from './settings.ts';
import { printableString } from '../text/printable.ts';

/** `name` is null where the kubelet would refuse it or it could not be read; `settings` where anything is wrong. */
export interface ResourceVerdict {
  readonly name: string | null;
  readonly settings: ResourceSettings | null;
}

/** Judges one element of `configList`, which stands at `path`. */
export function validateResource(
  resource: ResourceDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): ResourceVerdict {
  const { name, nameTemplate } = validateName(resource, path, isUnreadable, findings);
  const rdmaHcaMax = validateShares(resource, `${path}.rdmaHcaMax`, isUnreadable, findings);
  const sharing = validateSharing(resource, `${path}.sharing`, findings);
  const allocationPolicy = validatePolicy(resource, `${path}.allocationPolicy`, findings);
  const maxSharesPerContainer = validateMaxShares(resource, `${path}.maxSharesPerContainer`, findings);
  if (sharing === 'pool') warnWithoutEffect(resource, path, findings);
  const selectors = validateSelection(resource, path, isUnreadable, findings);
  const exclude = validateExclusion(resource, path, isUnreadable, findings);
  const health = validateHealth(resource, `${path}.health`, isUnreadable, findings);
  const deviceNodes = validateDeviceNodes(resource, `${path}.deviceNodes`, isUnreadable, findings);
  if (deviceNodes === null) return { name, settings: null };
  if (
    name === null ||
    rdmaHcaMax === null ||
    sharing === null ||
    allocationPolicy === null ||
    selectors === null ||
    health === null
  )
    return { name, settings: null };
  const { topology = settingsDefaults.topology, env = settingsDefaults.env } = resource;
  return {
    name,
    settings: Object.freeze({
      name,
      nameTemplate,
      rdmaHcaMax,
      sharing,
      topology,
      allocationPolicy,
      maxSharesPerContainer,
      env,
      selectors,
      exclude,
      health,
      deviceNodes,
    }),
  };
}

function validateShares(
  resource: ResourceDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): number | null {
  if (isUnreadable(path)) return null;
  const shares = resource.rdmaHcaMax ?? settingsDefaults.rdmaHcaMax;
  if (shares < 0) refuseNegativeShares(shares, path, findings);
  if (poolListSize(shares) > listSizeLimit) refuseTooManyShares(shares, path, findings);
  if (shares === 0) warnNoShares(resource, path, findings);
  return shares;
}

function refuseNegativeShares(shares: number, path: string, findings: SettingsFindings): void {
  findings.refuse({
    code: 'CONFIG_SHARES_NEGATIVE',
    path,
    found: `is ${shares}`,
    allowed: `it must be a whole number from 0 to ${largestPoolThatFits()}`,
    remedy: 'Write how many pods of the node may use the resource at the same time.',
  });
}

function refuseTooManyShares(shares: number, path: string, findings: SettingsFindings): void {
  findings.refuse({
    code: 'CONFIG_SHARES_TOO_MANY',
    path,
    found: `is ${shares}, whose list is larger than the ${listSizeLimit} bytes that the kubelet receives`,
    allowed: `it must be at most ${largestPoolThatFits()}`,
    remedy: `Write a number of at most ${largestPoolThatFits()}; the pods of one node seldom need more than 1000.`,
  });
}

function warnNoShares(resource: ResourceDocument, path: string, findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_NO_SHARES',
    path,
    found: resource.rdmaHcaMax === undefined ? 'is missing, which means 0' : 'is 0',
    allowed: 'the resource is registered without shares, and no pod can get it',
    remedy: 'Write how many pods of the node may use the resource at the same time.',
  });
}

function validateSharing(resource: ResourceDocument, path: string, findings: SettingsFindings): Sharing | null {
  const sharing = resource.sharing ?? settingsDefaults.sharing;
  if (sharing === 'pool' || sharing === 'device') return sharing;
  findings.refuse({
    code: 'CONFIG_SHARING_UNKNOWN',
    path,
    found: `is ${printableString(sharing)}`,
    allowed: 'it must be "pool" or "device"',
    remedy: 'Write "device" for shares that each grant one HCA, or leave the key out for shares that each grant all.',
  });
  return null;
}

function validatePolicy(resource: ResourceDocument, path: string, findings: SettingsFindings): AllocationPolicy | null {
  const policy = resource.allocationPolicy ?? settingsDefaults.allocationPolicy;
  if (policy === 'spread' || policy === 'pack') return policy;
  findings.refuse({
    code: 'CONFIG_ALLOCATION_POLICY_UNKNOWN',
    path,
    found: `is ${printableString(policy)}`,
    allowed: 'it must be "spread" or "pack"',
    remedy: 'Write "pack" to fill one HCA before the next, or leave the key out to use all of them evenly.',
  });
  return null;
}

/** Null for no limit. */
function validateMaxShares(
  { maxSharesPerContainer }: ResourceDocument,
  path: string,
  findings: SettingsFindings,
): number | null {
  if (maxSharesPerContainer === undefined || maxSharesPerContainer >= 1) return maxSharesPerContainer ?? null;
  findings.refuse({
    code: 'CONFIG_MAX_SHARES_TOO_SMALL',
    path,
    found: `is ${maxSharesPerContainer}`,
    allowed: 'it must be a whole number from 1 on',
    remedy: 'Write how many shares one container may ask for, or leave the key out for no limit.',
  });
  return null;
}

/** All shares of a pool are alike, so nothing can be preferred among them, and none has a NUMA node. */
function warnWithoutEffect(resource: ResourceDocument, path: string, findings: SettingsFindings): void {
  for (const key of ['topology', 'allocationPolicy'] as const) {
    if (resource[key] === undefined) continue;
    findings.warn({
      code: 'CONFIG_KEY_NO_EFFECT',
      path: `${path}.${key}`,
      found: 'has no effect',
      allowed: 'it is for resources whose shares grant one HCA each',
      remedy: `Write "sharing": "device" beside it, or take it out.`,
    });
  }
}
