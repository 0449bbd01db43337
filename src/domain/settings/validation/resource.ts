// SPDX-License-Identifier: Apache-2.0
import { largestPoolThatFits, listSizeLimit, poolListSize } from '../../kubelet-limits/list-size.ts';
import { type ResourceDocument, withDefaults } from '../document.ts';
import type { SettingsFindings } from './findings.ts';
import {
  type HealthSettings,
  type PlainResourceSettings,
  type ResourceSettings,
  settingsDefaults,
} from '../settings.ts';
import { validateDeviceNodes } from './device-nodes.ts';
import { validateName } from './resource-name.ts';
import { validateExclusion, validateSelection } from './selectors.ts';

/** `name` is null where it is invalid. `settings` are of use only where nothing in the document is wrong. */
export interface ResourceVerdict {
  readonly name: string | null;
  readonly settings: ResourceSettings;
}

/** Checks one element of `configList`. */
export function validateResource(
  resource: ResourceDocument,
  path: string,
  findings: SettingsFindings,
): ResourceVerdict {
  const { name, nameTemplate } = validateName(resource, path, findings);
  checkShares(resource, `${path}.rdmaHcaMax`, findings);
  warnNoEffect(resource, path, findings);
  const settings: ResourceSettings = Object.freeze({
    ...withDefaults<PlainResourceSettings>(settingsDefaults.resource, resource),
    name: name ?? '',
    nameTemplate,
    selectors: validateSelection(resource, path, findings),
    exclude: validateExclusion(resource, path, findings),
    health: withDefaults<HealthSettings>(settingsDefaults.health, resource.health ?? {}),
    deviceNodes: validateDeviceNodes(resource.deviceNodes ?? {}, `${path}.deviceNodes`, findings),
  });
  return { name, settings };
}

function checkShares({ rdmaHcaMax }: ResourceDocument, path: string, findings: SettingsFindings): void {
  if (rdmaHcaMax === null) return;
  const shares = rdmaHcaMax ?? settingsDefaults.resource.rdmaHcaMax;
  if (shares === 0) warnNoShares(rdmaHcaMax === undefined, path, findings);
  if (poolListSize(shares) > listSizeLimit) rejectTooManyShares(shares, path, findings);
}

function rejectTooManyShares(shares: number, path: string, findings: SettingsFindings): void {
  const limit = largestPoolThatFits();
  findings.reject({
    code: 'CONFIG_SHARES_TOO_MANY',
    path,
    found: `is ${shares}, which makes a list larger than the ${listSizeLimit} bytes that the kubelet accepts`,
    allowed: `it must be at most ${limit}`,
    remedy: `Set it to at most ${limit}; the pods of one node seldom need more than 1000.`,
  });
}

function warnNoShares(isMissing: boolean, path: string, findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_NO_SHARES',
    path,
    found: isMissing ? 'is missing, which means 0' : 'is 0',
    allowed: 'the resource is registered without shares, and no pod can use it',
    remedy: 'Set it to the number of pods of a node that may use the resource at the same time.',
  });
}

/** All shares of a pool are alike: none is preferred, and none has a NUMA node. */
function warnNoEffect(resource: ResourceDocument, path: string, findings: SettingsFindings): void {
  const { sharing = settingsDefaults.resource.sharing } = resource;
  if (sharing !== 'pool') return;
  for (const key of ['topology', 'allocationPolicy'] as const) {
    if ((resource[key] ?? null) === null) continue;
    findings.warn({
      code: 'CONFIG_KEY_NO_EFFECT',
      path: `${path}.${key}`,
      found: 'has no effect',
      allowed: 'it applies to resources with per-device shares only',
      remedy: 'Add "sharing": "device" to the resource, or remove the key.',
    });
  }
}
