// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '../problem/problem.ts';
import { type Hca, compareNaturally } from '../hca/hca.ts';
import { type Placeholder, type TemplateValues, fillTemplate } from '../settings/name-template.ts';
import { type Rails, followRails, railOf } from './rails.ts';
import { checkResourceName } from '../kubelet-limits/resource-name.ts';
import { type Judgement, judge } from '../selection/judge.ts';
import type { ResourceSettings } from '../settings/settings.ts';

/** A resource under the name that the kubelet gets, and which HCAs are in it. */
export interface NamedResource {
  readonly settings: ResourceSettings;
  readonly judge: (hca: Hca) => Judgement;
}

/** All resources of a node. `rails` are those of each template, by what counts them (`railsKey`); `problems` tell which selected HCAs are in no resource of a template. */
export interface NamedResources {
  readonly resources: readonly NamedResource[];
  readonly rails: ReadonlyMap<string, Rails>;
  readonly problems: readonly Problem[];
}

/** A resource whose name stands in the settings. */
export function plainResource(settings: ResourceSettings): NamedResource {
  return { settings, judge: (hca) => judge(hca, settings) };
}

/**
 * Makes of each template one resource for each name that its selected HCAs make. `before` are the rails known so far. Where several want
 * a name, it goes to the one whose settings have it outright, else to the first in the settings.
 */
export function nameResources(
  settings: readonly ResourceSettings[],
  hcas: readonly Hca[],
  before: ReadonlyMap<string, Rails>,
): NamedResources {
  const taken = new Set(settings.filter(({ nameTemplate }) => nameTemplate === null).map(({ name }) => name));
  const rails = new Map<string, Rails>();
  const problems: Problem[] = [];
  const resources = settings.flatMap((one) => {
    if (one.nameTemplate === null) return [plainResource(one)];
    const expansion = expandTemplate(one, hcas, taken, before.get(railsKey(one)) ?? []);
    for (const { settings: made } of expansion.resources) taken.add(made.name);
    rails.set(railsKey(one), expansion.rails);
    problems.push(...expansion.problems);
    return expansion.resources;
  });
  return { resources, rails, problems };
}

/** Under other selectors the rails are counted anew, lest the nodes of a cluster differ by when each was started. */
function railsKey({ name, selectors, exclude }: ResourceSettings): string {
  return JSON.stringify([name, selectors, exclude]);
}

/** An HCA that makes no name, or none of its own, is left out: nothing is given under a name that means something else. */
function expandTemplate(
  settings: ResourceSettings,
  hcas: readonly Hca[],
  taken: ReadonlySet<string>,
  before: Rails,
): Expansion {
  const judgements = new Map(hcas.map((hca) => [hca.name, judge(hca, settings)]));
  const selected = hcas.filter((hca) => judgements.get(hca.name)?.selected);
  const rails = followRails(before, selected);
  const labels = labelsOf(settings.name, selected, rails, taken);
  const names = new Set([...labels.values()].map(({ name }) => name).filter((name) => name !== null));
  const resources = [...names]
    .toSorted(compareNaturally)
    .map((name) => ({
      settings: { ...settings, name },
      judge: (hca: Hca) =>
        judgedByName(judgements.get(hca.name) ?? judge(hca, settings), labels.get(hca.name)?.name ?? null, name),
    }));
  return { resources, rails, problems: leftOut(settings.name, labels) };
}

interface Expansion {
  readonly resources: readonly NamedResource[];
  readonly rails: Rails;
  readonly problems: readonly Problem[];
}

function judgedByName(judgement: Judgement, made: string | null, name: string): Judgement {
  if (!judgement.selected || made === name) return judgement;
  return {
    selected: false,
    excluded: false,
    field: 'resourceNameTemplate',
    wanted: [name],
    found: made === null ? [] : [made],
  };
}

/** The name that an HCA makes, or why it makes none. */
type Label = { readonly name: string; readonly exact: string } | { readonly name: null; readonly why: string };

function labelsOf(
  template: string,
  selected: readonly Hca[],
  rails: Rails,
  taken: ReadonlySet<string>,
): ReadonlyMap<string, Label> {
  const labels = selected.map((hca) => ({ hca: hca.name, label: labelOf(template, hca, rails, taken) }));
  const meanings = new Map<string, Set<string>>();
  for (const { label } of labels) {
    if (label.name !== null) meanings.set(label.name, (meanings.get(label.name) ?? new Set()).add(label.exact));
  }
  return new Map(labels.map(({ hca, label }) => [hca, unlessAmbiguous(label, meanings)]));
}

/** Two device names may differ in nothing but characters that a resource's name cannot have. */
function unlessAmbiguous(label: Label, meanings: ReadonlyMap<string, ReadonlySet<string>>): Label {
  if (label.name === null || meanings.get(label.name)?.size === 1) return label;
  return { name: null, why: `another HCA that is not to share it makes the name ${label.name} as well` };
}

function labelOf(template: string, hca: Hca, rails: Rails, taken: ReadonlySet<string>): Label {
  const [prefix = '', form = ''] = template.split('/');
  const filled = fillTemplate(form, valuesOf(hca, rails));
  if (filled.name === null) return { name: null, why: missingWords[filled.missing] };
  const name = `${prefix}/${filled.name}`;
  const verdict = checkResourceName(prefix, filled.name);
  if (!verdict.acceptable) return { name: null, why: `the kubelet refuses the name ${name}, which ${verdict.reason}` };
  return taken.has(name) ? { name: null, why: `another resource has the name ${name}` } : { name, exact: filled.exact };
}

function valuesOf(hca: Hca, rails: Rails): TemplateValues {
  const rail = railOf(rails, hca);
  return {
    rdmaDevice: hca.name,
    pciAddress: hca.pci?.address ?? null,
    numaNode: hca.numaNode === null ? null : String(hca.numaNode),
    rail: rail === null ? null : String(rail),
  };
}

const missingWords: Readonly<Record<Placeholder, string>> = {
  rdmaDevice: 'it has no name',
  pciAddress: 'it has no PCI function',
  numaNode: 'the kernel names no NUMA node of it',
  rail: 'it has no PCI function, and so no rail',
};

function leftOut(template: string, labels: ReadonlyMap<string, Label>): readonly Problem[] {
  const reasons = [...labels].flatMap(([hca, label]) => (label.name === null ? [`${hca} (${label.why})`] : []));
  if (reasons.length === 0) return [];
  return [
    createProblem('RESOURCE_TEMPLATE_HCA_SKIPPED', {
      subject: template,
      message: `${template} makes no resource for ${reasons.join(', ')}.`,
      remedy:
        'Exclude these HCAs if they are not wanted; else write a resource with a resourceName for them, or another template.',
    }),
  ];
}
