// SPDX-License-Identifier: Apache-2.0
import { largestPoolThatFits, listSizeLimit } from '../../kubelet-limits/list-size.ts';
import { type ResourceDocument, withDefaults } from '../document.ts';
import { type RejectedResource, type ResourceSettings, settingsDefaults } from '../settings.ts';
import { validateDeviceNodes } from './device-nodes.ts';
import type { SettingsPlace } from './findings.ts';
import { validateName } from './resource-name.ts';
import { validateExclusion, validateSelection } from './selectors.ts';

/** `settings` and `rejected` can be used only if nothing in the document is wrong. */
export interface ResourceVerdict {
  /** Null if it is invalid. */
  readonly name: string | null;
  readonly settings: ResourceSettings;
  /** The resource if the kubelet alone would reject it, else null. */
  readonly rejected: RejectedResource | null;
}

/** Checks one element of `configList`. */
export function validateResource(resource: ResourceDocument, document: SettingsPlace): ResourceVerdict {
  const place = document.ofResource();
  const { name, written, nameTemplate } = validateName(resource, place);
  checkShares(resource, place.at('rdmaHcaMax'));
  warnNoEffect(resource, place);
  const settings = Object.freeze({
    ...withDefaults(settingsDefaults.resource, resource),
    name: name ?? '',
    nameTemplate,
    selectors: validateSelection(resource, place),
    exclude: validateExclusion(resource, place),
    health: withDefaults(settingsDefaults.health, resource.health ?? {}),
    deviceNodes: validateDeviceNodes(resource.deviceNodes ?? {}, place.at('deviceNodes')),
  });
  const problems = Object.freeze(place.rejections.map((problem) => Object.freeze(problem)));
  return { name, settings, rejected: problems.length === 0 ? null : Object.freeze({ name: written, problems }) };
}

function checkShares({ rdmaHcaMax }: ResourceDocument, place: SettingsPlace): void {
  if (rdmaHcaMax === null) return;
  const shares = rdmaHcaMax ?? settingsDefaults.resource.rdmaHcaMax;
  const limit = largestPoolThatFits();
  if (shares === 0)
    place.warn('CONFIG_NO_SHARES', {
      found: rdmaHcaMax === undefined ? 'is missing, which means 0' : 'is 0',
      allowed: 'the resource is registered without shares, and no pod can use it',
      remedy: 'Set it to the number of pods that may use the resource on one node at the same time.',
    });
  if (shares > limit)
    place.rejectResource('CONFIG_SHARES_TOO_MANY', {
      found: `is ${shares}, which makes a list larger than the ${listSizeLimit} bytes that the kubelet accepts`,
      allowed: `it must be at most ${limit}`,
      remedy: `Set it to at most ${limit}; the pods of one node rarely need more than 1000.`,
    });
}

/** All shares of a pool are equivalent: none is preferred, and none has a NUMA node. */
function warnNoEffect(resource: ResourceDocument, place: SettingsPlace): void {
  const { sharing = settingsDefaults.resource.sharing } = resource;
  if (sharing !== 'pool') return;
  for (const key of ['topology', 'allocationPolicy'] as const) {
    if ((resource[key] ?? null) === null) continue;
    place
      .at(key)
      .warn('CONFIG_KEY_NO_EFFECT', {
        found: 'has no effect',
        allowed: 'it applies to resources with per-device shares only',
        remedy: 'Add "sharing": "device" to the resource, or remove the key.',
      });
  }
}
