// SPDX-License-Identifier: Apache-2.0
import { splitNodePath } from '../hca/device-node-path.ts';
import { type DeviceNodeKind, deviceNodeKinds } from '../hca/hca.ts';
import { type DeviceNodesDocument, type ResourceDocument, settingsDefaults } from './document.ts';
import type { SettingsFindings } from './findings.ts';
import type { DeviceNodeSettings } from './settings.ts';
import { printableString } from '../text/printable.ts';

/** Each pattern is compared with each name in its directory at each scan. */
export const extraPatternLimit = 32;

/** Judges `deviceNodes` of a resource, which stands at `path`; null where anything is wrong with it. */
export function validateDeviceNodes(
  { deviceNodes = {} }: ResourceDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): DeviceNodeSettings | null {
  const kinds = (['required', 'optional'] as const).map((key) =>
    judgeKinds(deviceNodes, key, path, isUnreadable, findings),
  );
  const extra = judgeExtra(
    deviceNodes.extra ?? settingsDefaults.deviceNodes.extra,
    `${path}.extra`,
    isUnreadable,
    findings,
  );
  const [required = null, optional = null] = kinds;
  const unreadable = ['', '.required', '.optional', '.extra'].some((key) => isUnreadable(`${path}${key}`));
  if (unreadable || required === null || optional === null || extra === null) return null;
  if (required.length === 0) return refuseNoneRequired(`${path}.required`, findings);
  if (![...required, ...optional].includes('uverbs')) warnWithoutUverbs(path, findings);
  return Object.freeze({ required, optional, extra });
}

function judgeKinds(
  document: DeviceNodesDocument,
  key: 'required' | 'optional',
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): readonly DeviceNodeKind[] | null {
  const words = document[key] ?? settingsDefaults.deviceNodes[key];
  const kinds = words.map((word, index) => judgeKind(word, `${path}.${key}[${index}]`, isUnreadable, findings));
  return kinds.includes(null) ? null : Object.freeze([...new Set(kinds.filter((kind) => kind !== null))]);
}

function judgeKind(
  word: string,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): DeviceNodeKind | null {
  if (isUnreadable(path)) return null;
  const kind = deviceNodeKinds.find((one) => one === word);
  if (kind !== undefined) return kind;
  findings.refuse({
    code: 'CONFIG_DEVICE_NODE_KIND_UNKNOWN',
    path,
    found: `is ${printableString(word)}`,
    allowed: `kinds of device nodes are ${deviceNodeKinds.join(', ')}`,
    remedy: word.startsWith('/')
      ? 'Write paths into deviceNodes.extra.'
      : 'Write one of these words; nodes of other kinds are named by their paths, in deviceNodes.extra.',
  });
  return null;
}

function refuseNoneRequired(path: string, findings: SettingsFindings): null {
  findings.refuse({
    code: 'CONFIG_DEVICE_NODES_NONE_REQUIRED',
    path,
    found: 'is empty',
    allowed: 'at least one kind must be required, for a share of an HCA without any node would grant nothing',
    remedy: 'Write ["uverbs"], or leave the key out.',
  });
  return null;
}

function warnWithoutUverbs(path: string, findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_DEVICE_NODES_WITHOUT_UVERBS',
    path,
    found: 'names uverbs neither in required nor in optional',
    allowed: 'containers get no uverbs node, and no program that uses verbs works in them',
    remedy: 'Add "uverbs" to required, unless the resource is for managers of the fabric such as opensm.',
  });
}

function judgeExtra(
  patterns: readonly string[],
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): readonly string[] | null {
  if (patterns.length > extraPatternLimit) return refuseManyPatterns(patterns.length, path, findings);
  const judged = patterns.map((pattern, index) =>
    validatePattern(pattern, `${path}[${index}]`, isUnreadable, findings),
  );
  return judged.includes(false) ? null : Object.freeze([...new Set(patterns)]);
}

function refuseManyPatterns(count: number, path: string, findings: SettingsFindings): null {
  findings.refuse({
    code: 'CONFIG_EXTRA_NODES_TOO_MANY',
    path,
    found: `has ${count} entries`,
    allowed: `it may have ${extraPatternLimit}`,
    remedy: 'Join entries into patterns, such as "/dev/hfi1_*".',
  });
  return null;
}

function validatePattern(
  pattern: string,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): boolean {
  if (isUnreadable(path)) return false;
  const fault = faultOf(pattern);
  if (fault === null) return true;
  findings.refuse({
    code: 'CONFIG_EXTRA_NODE_INVALID',
    path,
    found: `is ${printableString(pattern)}, which ${fault}`,
    allowed:
      'extra nodes are paths below /dev such as "/dev/gdrdrv", or patterns of names in one directory such as "/dev/hfi1_*"',
    remedy: 'Write the path of the node as ls shows it on the host.',
  });
  return false;
}

const longestPath = 255;

/** What is wrong with a pattern, as the rest of a sentence; null where nothing is. */
function faultOf(pattern: string): string | null {
  const [directory, name] = splitNodePath(pattern);
  if (!pattern.startsWith('/dev/') || name === '') return 'is no path below /dev';
  if (pattern.length > longestPath) return `is longer than ${longestPath} characters`;
  if (pattern.split('/').some((part, index) => index > 0 && ['', '.', '..'].includes(part)))
    return 'has a part that is empty, "." or ".."';
  // Such a name can only be a mistake, and would break the lines of what is told about it.
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(pattern)) return 'has a character that no name of a device node has';
  if (/[*?[\]]/.test(directory)) return 'has a pattern in its directory';
  if (`${directory}/`.startsWith('/dev/infiniband/'))
    return 'is in /dev/infiniband, whose nodes are granted with their HCA and named by their kind';
  if (directory === '/dev' && /^[*?[]/.test(name))
    return 'does not begin with a letter of a name, and so may match the disks of the host';
  return null;
}
