// SPDX-License-Identifier: Apache-2.0
import { longestResourceName } from '../kubelet-limits/resource-name.ts';

/** What a `resourceNameTemplate` may name of an HCA, in braces. All of it outlives a network interface that moves into a pod. */
export const placeholders = ['rdmaDevice', 'pciAddress', 'numaNode', 'rail'] as const;
export type Placeholder = (typeof placeholders)[number];

/** What one HCA has to put in; null where it has no such value. */
export type TemplateValues = Readonly<Record<Placeholder, string | null>>;

/** `exact` is the name with the values as they are, which tells two names apart that only look alike. */
export type FilledTemplate =
  { readonly name: string; readonly exact: string } | { readonly name: null; readonly missing: Placeholder };

const placeholderForm = /\{([^{}]*)\}/g;

/** What is wrong with a template itself, in words to stand after `is "…", which`; null when nothing is. */
export function templateFault(template: string): string | null {
  const named = [...template.matchAll(placeholderForm)].map(([, name = '']) => name);
  const unknown = named.find((name) => !isPlaceholder(name));
  if (unknown !== undefined) return `has the unknown placeholder {${unknown}}`;
  if (/[{}]/.test(template.replace(placeholderForm, ''))) return 'has a brace without its partner';
  if (named.length === 0) return 'has no placeholder';
  // "{numaNode}{rail}" could say the same of two HCAs that have nothing in common.
  return /\}\{/.test(template) ? 'has two placeholders with nothing between them' : null;
}

function isPlaceholder(name: string): name is Placeholder {
  return placeholders.some((known) => known === name);
}

/** The shortest name that a template without a fault can make, for judging what stands around the placeholders. */
export function shortestName(template: string): string {
  return template.replace(placeholderForm, '0');
}

/**
 * The template with the values of one HCA. A character that the kubelet refuses, such as the colons of a PCI address, becomes `-`;
 * the ends and the length of the name are not mended.
 */
export function fillTemplate(template: string, values: TemplateValues): FilledTemplate {
  const missing = placeholders.find((name) => values[name] === null && template.includes(`{${name}}`));
  if (missing !== undefined) return { name: null, missing };
  const filled = (shape: (value: string) => string): string =>
    template.replace(placeholderForm, (_, name: string) => (isPlaceholder(name) ? shape(values[name] ?? '') : ''));
  return { name: filled(bent), exact: filled((value) => value) };
}

function bent(value: string): string {
  return value.replace(/[^A-Za-z0-9_.-]/g, '-');
}

/** What placeholders stand for, for whoever writes one. */
export const allowedTemplate = `a name of at most ${longestResourceName} characters with ${placeholders.map((name) => `{${name}}`).join(', ')} in it, at least one of them`;
