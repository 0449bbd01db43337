// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
import { checkResourceName } from '../kubelet-limits/resource-name.ts';
import { type Placeholder, type TemplateValues, fillTemplate } from '../settings/name-template.ts';

/** The resource name that a template produces for an HCA, or a clause that says why it produces none. */
export type TemplateName =
  { readonly name: string; readonly exact: string } | { readonly name: null; readonly reason: string };

/** A name that an entry of the settings has. `exact` has the values as they are; null for a `resourceName`. */
export interface NameOwner {
  readonly entry: string;
  readonly exact: string | null;
}

/** The entry that makes names, and the names of all entries. */
interface NamingContext {
  readonly entry: string;
  readonly rails: ReadonlyMap<string, number>;
  readonly owners: ReadonlyMap<string, NameOwner>;
}

/**
 * Returns the name that `template` makes for each HCA, by the HCA's name. HCAs with equal values share a name. An HCA
 * gets no name rather than one that means something else.
 */
export function templateNames(
  template: string,
  hcas: readonly Hca[],
  context: NamingContext,
): ReadonlyMap<string, TemplateName> {
  const names = new Map(hcas.map((hca) => [hca.name, nameFor(template, valuesOf(hca, context.rails), context)]));
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
  return ambiguous(outcome.name);
}

function ambiguous(name: string): TemplateName {
  return { name: null, reason: `another HCA with different values results in the same name ${name}` };
}

function nameFor(template: string, values: TemplateValues, { entry, owners }: NamingContext): TemplateName {
  const [prefix = '', form = ''] = template.split('/');
  const filled = fillTemplate(form, values);
  if (filled.name === null) return { name: null, reason: missingValues[filled.missing] };
  const name = `${prefix}/${filled.name}`;
  const fault = checkResourceName(prefix, filled.name);
  if (fault !== null) return { name: null, reason: `the kubelet rejects the name ${name}, which ${fault.reason}` };
  const owner = owners.get(name);
  if (owner !== undefined && owner.entry !== entry)
    return { name: null, reason: `another resource has the name ${name}` };
  if (owner !== undefined && owner.exact !== filled.exact) return ambiguous(name);
  return { name, exact: filled.exact };
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
