// SPDX-License-Identifier: Apache-2.0

/** Why the kubelet rejects `<prefix>/<name>`. */
export interface ResourceNameFault {
  readonly part: 'prefix' | 'name';
  /** A relative clause after `which`. */
  readonly reason: string;
  readonly allowed: string;
}

/** The kubelet checks `requests.<prefix>` as a DNS subdomain of at most 253 characters. */
const maxResourcePrefixLength = 253 - 'requests.'.length;
export const maxResourceNameLength = 63;

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const allowedPrefix =
  `a DNS name of at most ${maxResourcePrefixLength} characters: lower-case letters, digits, "-" and ".", ` +
  'with a letter or digit at both ends of each part';
const nameCharacters = `1 to ${maxResourceNameLength} letters, digits, "-", "_" and "."`;
const allowedName = `${nameCharacters}, with a letter or digit at both ends`;

/**
 * Returns why the kubelet does not let a device plugin register `<prefix>/<name>`; null if it does:
 * `IsExtendedResourceName` of `k8s.io/kubernetes/pkg/apis/core/v1/helper`, with `IsQualifiedName` of
 * `k8s.io/apimachinery`.
 */
export function checkResourceName(prefix: string, name: string): ResourceNameFault | null {
  const prefixReason = prefixFault(prefix);
  if (prefixReason !== null) return { part: 'prefix', reason: prefixReason, allowed: allowedPrefix };
  const nameReason = nameFault(name);
  return nameReason === null ? null : { part: 'name', reason: nameReason, allowed: allowedName };
}

function prefixFault(prefix: string): string | null {
  if (prefix === '') return 'is empty';
  if (prefix.includes('/')) return 'contains a "/", but only the one between prefix and name is allowed';
  if (prefix.endsWith('kubernetes.io')) return 'ends with "kubernetes.io", which is reserved for Kubernetes';
  if (prefix.startsWith('requests.')) return 'begins with "requests.", which is reserved for Kubernetes';
  if (prefix.length > maxResourcePrefixLength) return `has ${prefix.length} characters`;
  return subdomain.test(prefix) ? null : 'is not a lower-case DNS name';
}

function nameFault(name: string): string | null {
  if (name === '') return 'is empty';
  if (name.includes('/')) return 'contains a "/"; the part before it belongs in the prefix';
  if (name.length > maxResourceNameLength) return `has ${name.length} characters`;
  return qualifiedName.test(name) ? null : 'has an invalid character, or does not begin and end with a letter or digit';
}
