// SPDX-License-Identifier: Apache-2.0
import { splitNodePath } from '../../hca/device-node-path.ts';
import { printableString } from '../../text/printable.ts';
import {
  type DeviceNodesDocument,
  type WrittenList,
  acceptedOf,
  hasElements,
  hasRejectedPart,
  withDefaults,
} from '../document.ts';
import { type DeviceNodeSettings, extraPatternLimit, settingsDefaults } from '../settings.ts';
import type { SettingsPlace } from './findings.ts';
import { forbiddenMatch } from './forbidden-nodes.ts';

/** Checks `deviceNodes` of a resource. */
export function validateDeviceNodes(document: DeviceNodesDocument, place: SettingsPlace): DeviceNodeSettings {
  const written = withDefaults<DeviceNodesDocument>(settingsDefaults.deviceNodes, document);
  const required = distinct(written.required);
  const optional = distinct(written.optional);
  if (!hasElements(written.required)) rejectNoneRequired(place.at('required'));
  else if (!hasRejectedPart(document) && ![...required, ...optional].includes('uverbs')) warnWithoutUverbs(place);
  checkPatterns(document.extra ?? [], place.at('extra'));
  return Object.freeze({ required, optional, extra: distinct(written.extra) });
}

function distinct<T>(list: WrittenList<T> | null | undefined): readonly T[] {
  return Object.freeze([...new Set(acceptedOf(list))]);
}

function rejectNoneRequired(place: SettingsPlace): void {
  place.reject('CONFIG_DEVICE_NODES_NONE_REQUIRED', {
    found: 'is empty',
    allowed: 'at least one kind must be required, because a share of an HCA without device nodes grants nothing',
    remedy: 'Set it to ["uverbs"], or remove the key.',
  });
}

function warnWithoutUverbs(place: SettingsPlace): void {
  place.warn('CONFIG_DEVICE_NODES_WITHOUT_UVERBS', {
    found: 'has uverbs neither in required nor in optional',
    allowed: 'containers get no uverbs node, and programs that use verbs do not work in them',
    remedy: 'Add "uverbs" to required, unless the resource is for a fabric manager such as opensm.',
  });
}

function checkPatterns(patterns: WrittenList<string>, place: SettingsPlace): void {
  if (patterns.length > extraPatternLimit)
    return place.reject('CONFIG_EXTRA_NODES_TOO_MANY', {
      found: `has ${patterns.length} entries`,
      allowed: `it may have at most ${extraPatternLimit}`,
      remedy: 'Combine entries into patterns, such as "/dev/hfi1_*".',
    });
  patterns.forEach((pattern, index) => {
    if (pattern !== null) checkPattern(pattern, place.at(index));
  });
}

function checkPattern(pattern: string, place: SettingsPlace): void {
  const fault = faultOf(pattern);
  if (fault === null) return checkReach(pattern, place);
  place.reject('CONFIG_EXTRA_NODE_INVALID', {
    found: `is ${printableString(pattern)}, which ${fault}`,
    allowed: 'it must be a path under /dev such as "/dev/gdrdrv", or a pattern in one directory such as "/dev/hfi1_*"',
    remedy: 'Write the path of the device node as ls shows it on the host.',
  });
}

function checkReach(pattern: string, place: SettingsPlace): void {
  const found = forbiddenMatch(pattern);
  if (found === null) return;
  place.reject('CONFIG_EXTRA_NODE_INVALID', {
    found: `is ${printableString(pattern)}, which ${pattern === found.pattern ? 'is' : 'may match'} ${found.pattern}`,
    allowed: `a container could use that to reach ${found.reach}`,
    remedy: 'Write the paths or narrower patterns of only the device nodes that RDMA programs need.',
  });
}

const maxPathLength = 255;

/** Returns what is wrong with a pattern, as a relative clause after `which`; null if nothing is. */
function faultOf(pattern: string): string | null {
  const [directory, name] = splitNodePath(pattern);
  if (!pattern.startsWith('/dev/') || name === '') return 'is not a path under /dev';
  if (pattern.length > maxPathLength) return `is longer than ${maxPathLength} characters`;
  if (pattern.split('/').some((part, index) => index > 0 && ['', '.', '..'].includes(part)))
    return 'has a part that is empty, "." or ".."';
  // Such a name can only be a mistake, and would break the lines of messages about it.
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(pattern)) return 'has a control character or a line break';
  if (/[*?[\]]/.test(directory)) return 'has a pattern in its directory';
  if (`${directory}/`.startsWith('/dev/infiniband/'))
    return 'is in /dev/infiniband, where required and optional select the nodes by kind';
  if (directory === '/dev' && /^[*?[]/.test(name))
    return 'begins with a wildcard, and so may match the device nodes of any driver';
  return null;
}
