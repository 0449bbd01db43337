// SPDX-License-Identifier: Apache-2.0
import { printableString } from '../../text/printable.ts';
import { type NodeMatchDocument, acceptedOf, hasElements } from '../document.ts';
import { type SettingsFindings, keyPath } from './findings.ts';
import type { NodeMatch } from '../settings.ts';

/** Checks `match` of an entry of `nodes`, which must have names or labels. */
export function validateMatch(
  match: NodeMatchDocument | null | undefined,
  path: string,
  findings: SettingsFindings,
): NodeMatch {
  const { names, labels } = match ?? {};
  const labelEntries = Object.entries(labels ?? {});
  names?.forEach((name, index) => warnName(name, `${path}.names[${index}]`, findings));
  for (const [key, value] of labelEntries) warnLabel(key, value, keyPath(`${path}.labels`, key), findings);
  const mayMatch = match === null || labels === null || hasElements(names) || labelEntries.length > 0;
  if (!mayMatch) rejectNoMatch(path, findings);
  const patterns = labelEntries.flatMap(([key, value]) => (value === null ? [] : Object.freeze({ key, value })));
  return Object.freeze({ names: Object.freeze(acceptedOf(names)), labels: Object.freeze(patterns) });
}

function rejectNoMatch(path: string, findings: SettingsFindings): void {
  findings.reject({
    code: 'CONFIG_NODE_MATCH_MISSING',
    path,
    found: 'has neither names nor labels',
    allowed: 'an entry of nodes must say which nodes it is for',
    remedy: 'Add names or labels; for every node, move the settings to the top level, or write "names": ["*"].',
  });
}

/** Node names are lower-case DNS names (k8s.io/kubernetes/pkg/apis/core/validation, ValidateNodeName). */
const nameOrPattern = /^[a-z0-9.*?[\]!-]+$/;

function warnName(name: string | null, path: string, findings: SettingsFindings): void {
  if (name === null || nameOrPattern.test(name)) return;
  const allowed = 'node names have lower-case letters, digits, "-" and "." only';
  warnImpossible(path, `is ${printableString(name)}`, allowed, findings);
}

/**
 * Label keys and values are checked by k8s.io/apimachinery/pkg/util/validation, IsQualifiedName and IsValidLabelValue.
 */
const labelKey = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;
const valueOrPattern = /^[-\w.*?[\]!]*$/;

function warnLabel(key: string, value: string | null, path: string, findings: SettingsFindings): void {
  if (!labelKey.test(key))
    warnImpossible(path, 'is not a valid label key', 'keys have the form "gpu" or "example.com/gpu"', findings);
  if (value === null || valueOrPattern.test(value)) return;
  const allowed = 'label values have letters, digits, "-", "_" and "." only';
  warnImpossible(path, `is ${printableString(value)}`, allowed, findings);
}

function warnImpossible(path: string, found: string, allowed: string, findings: SettingsFindings): void {
  findings.warn({
    code: 'CONFIG_NODE_MATCH_IMPOSSIBLE',
    path,
    found: `${found}, which no node can have`,
    allowed,
    remedy: 'Correct it, or remove it.',
  });
}
