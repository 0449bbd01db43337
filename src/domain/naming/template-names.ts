// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
import { checkResourceName } from '../kubelet-limits/resource-name.ts';
import { type Placeholder, type TemplateValues, fillTemplate } from '../settings/name-template.ts';

/** The resource name that a template makes for an HCA, or the reason why it makes none. */
export type TemplateName =
  { readonly name: string; readonly exact: string } | { readonly name: null; readonly reason: NoNameReason };

/** Why a template makes no name for an HCA. */
type NoNameReason =
  | { readonly kind: 'value-missing'; readonly placeholder: Placeholder }
  | { readonly kind: 'name-invalid'; readonly name: string; readonly fault: string }
  | { readonly kind: 'name-taken'; readonly name: string }
  | { readonly kind: 'name-ambiguous'; readonly name: string };

/**
 * Returns the name that `template` makes for each HCA, by the HCA's name. HCAs with equal values share a name. An HCA
 * gets no name rather than one that means something else.
 */
export function templateNames(
  template: string,
  hcas: readonly Hca[],
  rails: ReadonlyMap<string, number>,
  takenNames: ReadonlySet<string>,
): ReadonlyMap<string, TemplateName> {
  const names = new Map(hcas.map((hca) => [hca.name, nameFor(template, valuesOf(hca, rails), takenNames)]));
  const spellings = new Map<string, Set<string>>();
  for (const outcome of names.values()) {
    if (outcome.name !== null)
      spellings.set(outcome.name, (spellings.get(outcome.name) ?? new Set()).add(outcome.exact));
  }
  return new Map([...names].map(([hca, outcome]) => [hca, unlessAmbiguous(outcome, spellings)]));
}

/** Device names may differ only in characters that a resource name cannot have. */
function unlessAmbiguous(outcome: TemplateName, spellings: ReadonlyMap<string, ReadonlySet<string>>): TemplateName {
  if (outcome.name === null || spellings.get(outcome.name)?.size === 1) return outcome;
  return { name: null, reason: { kind: 'name-ambiguous', name: outcome.name } };
}

function nameFor(template: string, values: TemplateValues, takenNames: ReadonlySet<string>): TemplateName {
  const [prefix = '', form = ''] = template.split('/');
  const filled = fillTemplate(form, values);
  if (filled.name === null) return { name: null, reason: { kind: 'value-missing', placeholder: filled.missing } };
  const name = `${prefix}/${filled.name}`;
  const verdict = checkResourceName(prefix, filled.name);
  if (!verdict.acceptable) return { name: null, reason: { kind: 'name-invalid', name, fault: verdict.reason } };
  return takenNames.has(name) ? { name: null, reason: { kind: 'name-taken', name } } : { name, exact: filled.exact };
}

function valuesOf(hca: Hca, rails: ReadonlyMap<string, number>): TemplateValues {
  const rail = rails.get(hca.name);
  return {
    rdmaDevice: hca.name,
    pciAddress: hca.pci?.address ?? null,
    numaNode: hca.numaNode === null ? null : String(hca.numaNode),
    rail: rail === undefined ? null : String(rail),
  };
}

const missingValues: Readonly<Record<Placeholder, string>> = {
  rdmaDevice: 'it has no name',
  pciAddress: 'it has no PCI function',
  numaNode: 'the kernel reports no NUMA node for it',
  rail: 'it has no PCI function and therefore no rail',
};

/** Describes why an HCA gets no name, as a clause. */
export function describeNoName(reason: NoNameReason): string {
  switch (reason.kind) {
    case 'value-missing':
      return missingValues[reason.placeholder];
    case 'name-invalid':
      return `the kubelet rejects the name ${reason.name}, which ${reason.fault}`;
    case 'name-taken':
      return `another resource has the name ${reason.name}`;
    case 'name-ambiguous':
      return `another HCA with other values makes the name ${reason.name} too`;
  }
}
