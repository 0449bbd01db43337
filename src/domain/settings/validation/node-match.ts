// SPDX-License-Identifier: Apache-2.0
import { printableString } from '../../text/printable.ts';
import { type NodeMatchDocument, acceptedOf, hasElements } from '../document.ts';
import type { NodeMatch } from '../settings.ts';
import type { SettingsPlace } from './findings.ts';

/** Checks `match` of an entry of `nodes`, which must have names or labels. */
export function validateMatch(match: NodeMatchDocument | null | undefined, place: SettingsPlace): NodeMatch {
  const { names, labels } = match ?? {};
  const labelEntries = Object.entries(labels ?? {});
  names?.forEach((name, index) => warnName(name, place.at('names').at(index)));
  for (const [key, value] of labelEntries) warnLabel(key, value, place.at('labels').at(key));
  const mayMatch = match === null || labels === null || hasElements(names) || labelEntries.length > 0;
  if (!mayMatch)
    place.reject('CONFIG_NODE_MATCH_MISSING', {
      found: 'has neither names nor labels',
      allowed: 'an entry of nodes must say which nodes it is for',
      remedy: 'Add names or labels. To match every node, move the settings to the top level, or write "names": ["*"].',
    });
  const patterns = labelEntries.flatMap(([key, value]) => (value === null ? [] : Object.freeze({ key, value })));
  return Object.freeze({ names: Object.freeze(acceptedOf(names)), labels: Object.freeze(patterns) });
}

/** Node names are lower-case DNS names (k8s.io/kubernetes/pkg/apis/core/validation, ValidateNodeName). */
const nameOrPattern = /^[a-z0-9.*?[\]!-]+$/;

function warnName(name: string | null, place: SettingsPlace): void {
  if (name === null || nameOrPattern.test(name)) return;
  const allowed = 'node names have lower-case letters, digits, "-" and "." only';
  warnImpossible(`is ${printableString(name)}`, allowed, place);
}

/**
 * Label keys and values are checked by k8s.io/apimachinery/pkg/util/validation, IsQualifiedName and IsValidLabelValue.
 */
const labelKey = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;
const valueOrPattern = /^[-\w.*?[\]!]*$/;

function warnLabel(key: string, value: string | null, place: SettingsPlace): void {
  if (!labelKey.test(key))
    warnImpossible('is not a valid label key', 'keys have the form "gpu" or "example.com/gpu"', place);
  if (value === null || valueOrPattern.test(value)) return;
  const allowed = 'label values have letters, digits, "-", "_" and "." only';
  warnImpossible(`is ${printableString(value)}`, allowed, place);
}

function warnImpossible(found: string, allowed: string, place: SettingsPlace): void {
  place.warn('CONFIG_NODE_MATCH_IMPOSSIBLE', {
    found: `${found}, which no node can have`,
    allowed,
    remedy: 'Correct it, or remove it.',
  });
}
