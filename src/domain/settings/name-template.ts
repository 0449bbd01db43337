// SPDX-License-Identifier: Apache-2.0
import { maxResourceNameLength } from '../kubelet-limits/resource-name.ts';

/**
 * The values of an HCA that a `resourceNameTemplate` may use. None changes when a network interface moves into a pod.
 */
const placeholders = ['rdmaDevice', 'pciAddress', 'numaNode', 'rail'] as const;
export type Placeholder = (typeof placeholders)[number];

/** The values of one HCA; null if it has no such value. */
export type TemplateValues = Readonly<Record<Placeholder, string | null>>;

/** `exact` is the name with the values unchanged, to distinguish two HCAs whose values result in the same `name`. */
export type FilledTemplate =
  { readonly name: string; readonly exact: string } | { readonly name: null; readonly missing: Placeholder };

const placeholderForm = /\{([^{}]*)\}/g;

/** Returns what is wrong with a template, as a relative clause after `which`; null if nothing is. */
export function templateFault(template: string): string | null {
  const names = [...template.matchAll(placeholderForm)].map(([, name = '']) => name);
  const unknown = names.find((name) => !isPlaceholder(name));
  if (unknown !== undefined) return `has the unknown placeholder {${unknown}}`;
  if (/[{}]/.test(template.replace(placeholderForm, ''))) return 'has an unmatched brace';
  if (names.length === 0) return 'has no placeholder';
  // "{numaNode}{rail}" could give the same name for two unrelated HCAs.
  return /\}\{/.test(template) ? 'has two placeholders with nothing between them' : null;
}

function isPlaceholder(name: string): name is Placeholder {
  return placeholders.some((placeholder) => placeholder === name);
}

/** Returns the shortest name that a valid template can make, for checking the text around its placeholders. */
export function shortestName(template: string): string {
  return template.replace(placeholderForm, '0');
}

/**
 * Fills a template with the values of one HCA. A character that the kubelet rejects, such as the colons of a PCI
 * address, becomes `-`. The result can still be too long, or begin or end with a character that the kubelet rejects.
 */
export function fillTemplate(template: string, values: TemplateValues): FilledTemplate {
  const missing = placeholders.find((name) => values[name] === null && template.includes(`{${name}}`));
  if (missing !== undefined) return { name: null, missing };
  const fillWith = (convert: (value: string) => string): string =>
    template.replace(placeholderForm, (_, name: string) => (isPlaceholder(name) ? convert(values[name] ?? '') : ''));
  return { name: fillWith(sanitized), exact: fillWith((value) => value) };
}

function sanitized(value: string): string {
  return value.replace(/[^A-Za-z0-9_.-]/g, '-');
}

/** What a template must be, for messages. */
export const allowedTemplate =
  `a name of at most ${maxResourceNameLength} characters with at least one of the placeholders ` +
  placeholders.map((name) => `{${name}}`).join(', ');
