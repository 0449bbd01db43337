// SPDX-License-Identifier: Apache-2.0

const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const prefixForm = new RegExp(`^${label}(?:\\.${label})*$`);
const nameForm = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** kubelet: IsExtendedResourceName (pkg/apis/core/v1/helper) and IsQualifiedName (apimachinery validation). */
export function isExtendedResourceName(name: string): boolean {
  const parts = name.split('/');
  const [prefix, rest] = parts;
  if (parts.length !== 2 || prefix === undefined || rest === undefined) return false;
  if (name.includes('kubernetes.io/') || name.startsWith('requests.')) return false;
  return `requests.${prefix}`.length <= 253 && prefixForm.test(prefix) && nameForm.test(rest);
}
