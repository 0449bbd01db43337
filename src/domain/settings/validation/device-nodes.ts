// SPDX-License-Identifier: Apache-2.0
import { splitNodePath } from '../../hca/device-node-path.ts';
import { printableString } from '../../text/printable.ts';
import { type DeviceNodesDocument, acceptedOf, hasElements, hasRejectedPart, withDefaults } from '../document.ts';
import type { SettingsFindings } from './findings.ts';
import { type DeviceNodeSettings, extraPatternLimit, settingsDefaults } from '../settings.ts';

/** Checks `deviceNodes` of a resource. */
export function validateDeviceNodes(
  document: DeviceNodesDocument,
  path: string,
  findings: SettingsFindings,
): DeviceNodeSettings {
  const { required, optional, extra } = withDefaults<DeviceNodesDocument>(settingsDefaults.deviceNodes, document);
  const settings = Object.freeze({
    required: distinct(acceptedOf(required)),
    optional: distinct(acceptedOf(optional)),
    extra: distinct(acceptedOf(extra)),
  });
  if (!hasElements(required)) rejectNoneRequired(`${path}.required`, findings);
  else if (!hasRejectedPart(document)) warnWithoutUverbs(settings, path, findings);
  checkPatterns(document.extra ?? [], `${path}.extra`, findings);
  return settings;
}

function distinct<T>(list: readonly T[]): readonly T[] {
  return Object.freeze([...new Set(list)]);
}

function rejectNoneRequired(path: string, findings: SettingsFindings): void {
  findings.reject({
    code: 'CONFIG_DEVICE_NODES_NONE_REQUIRED',
    path,
    found: 'is empty',
    allowed: 'at least one kind must be required, because a share of an HCA without device nodes grants nothing',
    remedy: 'Set it to ["uverbs"], or remove the key.',
  });
}

function warnWithoutUverbs({ required, optional }: DeviceNodeSettings, path: string, findings: SettingsFindings): void {
  if ([...required, ...optional].includes('uverbs')) return;
  findings.warn({
    code: 'CONFIG_DEVICE_NODES_WITHOUT_UVERBS',
    path,
    found: 'has uverbs neither in required nor in optional',
    allowed: 'containers get no uverbs node, and programs that use verbs do not work in them',
    remedy: 'Add "uverbs" to required, unless the resource is for a fabric manager such as opensm.',
  });
}

function checkPatterns(patterns: readonly (string | null)[], path: string, findings: SettingsFindings): void {
  if (patterns.length > extraPatternLimit) return rejectManyPatterns(patterns.length, path, findings);
  patterns.forEach((pattern, index) => {
    const fault = pattern === null ? null : faultOf(pattern);
    if (pattern !== null && fault !== null) rejectPattern(pattern, fault, `${path}[${index}]`, findings);
  });
}

function rejectManyPatterns(count: number, path: string, findings: SettingsFindings): void {
  findings.reject({
    code: 'CONFIG_EXTRA_NODES_TOO_MANY',
    path,
    found: `has ${count} entries`,
    allowed: `it may have at most ${extraPatternLimit}`,
    remedy: 'Combine entries into patterns, such as "/dev/hfi1_*".',
  });
}

function rejectPattern(pattern: string, fault: string, path: string, findings: SettingsFindings): void {
  findings.reject({
    code: 'CONFIG_EXTRA_NODE_INVALID',
    path,
    found: `is ${printableString(pattern)}, which ${fault}`,
    allowed: 'it must be a path under /dev such as "/dev/gdrdrv", or a pattern in one directory such as "/dev/hfi1_*"',
    remedy: 'Write the path of the device node as ls shows it on the host.',
  });
}

const longestPath = 255;

/** What is wrong with a pattern, as a relative clause after `which`; null where nothing is. */
function faultOf(pattern: string): string | null {
  const [directory, name] = splitNodePath(pattern);
  if (!pattern.startsWith('/dev/') || name === '') return 'is not a path under /dev';
  if (pattern.length > longestPath) return `is longer than ${longestPath} characters`;
  if (pattern.split('/').some((part, index) => index > 0 && ['', '.', '..'].includes(part)))
    return 'has a part that is empty, "." or ".."';
  // Such a name can only be a mistake, and would break the lines of messages about it.
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(pattern)) return 'has a control character or a line break';
  if (/[*?[\]]/.test(directory)) return 'has a pattern in its directory';
  if (`${directory}/`.startsWith('/dev/infiniband/'))
    return 'is in /dev/infiniband, where required and optional select the nodes by kind';
  if (directory === '/dev' && /^[*?[]/.test(name))
    return 'begins with a wildcard, and so may match the disks of the host';
  return null;
}
