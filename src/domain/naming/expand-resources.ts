// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
import { type Problem, createProblem } from '../problem/problem.ts';
import { type SelectorMismatch, applySelectors } from '../selection/apply-selectors.ts';
import type { ResourceSettings } from '../settings/settings.ts';
import { compareNaturally } from '../text/natural-order.ts';
import { type RailOrder, railsByHca, updateRails } from './rails.ts';
import { type TemplateName, templateNames } from './template-names.ts';

/** Which resource of an entry has an HCA, or why none does. `no-name`: the template produces no name for it. */
export type Selection =
  | { readonly selected: true; readonly resource: string }
  | SelectorMismatch
  | { readonly selected: false; readonly kind: 'no-name' };

/** A resource under its final name, with the HCAs that it selects. */
export interface ConcreteResource {
  readonly settings: ResourceSettings;
  readonly hcas: readonly Hca[];
}

/** What one settings entry becomes on this node: one resource, or one for each name that its template produces. */
export interface ExpandedEntry {
  readonly settings: ResourceSettings;
  /** By the names of all HCAs of the node, in their order. */
  readonly selections: ReadonlyMap<string, Selection>;
  readonly resources: readonly ConcreteResource[];
}

/** All entries of the settings on this node. */
interface Expansion {
  readonly entries: readonly ExpandedEntry[];
  /** The rails of each template, by `railsKey`. */
  readonly rails: ReadonlyMap<string, RailOrder>;
  /** One for each template that produces no name for some of the HCAs that it selects. */
  readonly problems: readonly Problem[];
}

/**
 * Expands name templates into resources. `railsBefore` are the rails known so far. A name that several entries make
 * goes to the entry with that `resourceName`, else to the first one in the settings.
 */
export function expandResources(
  settings: readonly ResourceSettings[],
  hcas: readonly Hca[],
  railsBefore: ReadonlyMap<string, RailOrder>,
): Expansion {
  const takenNames = new Set(settings.filter(({ nameTemplate }) => nameTemplate === null).map(({ name }) => name));
  const rails = new Map<string, RailOrder>();
  const problems: Problem[] = [];
  const entries = settings.map((entry) => {
    const mismatches = new Map(hcas.map((hca) => [hca.name, applySelectors(hca, entry)]));
    const selected = hcas.filter((hca) => mismatches.get(hca.name) === null);
    if (entry.nameTemplate === null) return expandedEntry(entry, mismatches, new Map([[entry.name, selected]]));
    const railOrder = updateRails(railsBefore.get(railsKey(entry)) ?? [], selected);
    rails.set(railsKey(entry), railOrder);
    const names = templateNames(entry.name, selected, railsByHca(railOrder, selected), takenNames);
    problems.push(...skippedHcas(entry.name, names));
    const expanded = expandedEntry(entry, mismatches, hcasByName(selected, names));
    for (const resource of expanded.resources) takenNames.add(resource.settings.name);
    return expanded;
  });
  return { entries, rails, problems };
}

/** Rails are numbered again when the selectors change, so that they do not depend on when the program started. */
function railsKey({ name, selectors, exclude }: ResourceSettings): string {
  return JSON.stringify([name, selectors, exclude]);
}

function hcasByName(
  selected: readonly Hca[],
  names: ReadonlyMap<string, TemplateName>,
): ReadonlyMap<string, readonly Hca[]> {
  const groups = new Map<string, Hca[]>();
  for (const hca of selected) {
    const name = names.get(hca.name)?.name ?? null;
    if (name !== null) groups.set(name, [...(groups.get(name) ?? []), hca]);
  }
  return new Map([...groups].toSorted(([a], [b]) => compareNaturally(a, b)));
}

function expandedEntry(
  settings: ResourceSettings,
  mismatches: ReadonlyMap<string, SelectorMismatch | null>,
  hcasOf: ReadonlyMap<string, readonly Hca[]>,
): ExpandedEntry {
  const resourceOf = new Map([...hcasOf].flatMap(([resource, hcas]) => hcas.map(({ name }) => [name, resource])));
  return {
    settings,
    selections: new Map(
      [...mismatches].map(([hca, mismatch]) => [hca, mismatch ?? selectionIn(resourceOf.get(hca) ?? null)]),
    ),
    resources: [...hcasOf].map(([name, hcas]) => ({ settings: { ...settings, name }, hcas })),
  };
}

function selectionIn(resource: string | null): Selection {
  return resource === null ? { selected: false, kind: 'no-name' } : { selected: true, resource };
}

function skippedHcas(template: string, names: ReadonlyMap<string, TemplateName>): readonly Problem[] {
  const skipped = [...names].flatMap(([hca, outcome]) => (outcome.name === null ? [`${hca} (${outcome.reason})`] : []));
  if (skipped.length === 0) return [];
  return [
    createProblem('RESOURCE_TEMPLATE_HCA_SKIPPED', {
      subject: template,
      message: `${template} creates no resource for ${skipped.join(', ')}.`,
      remedy:
        'Exclude these HCAs if they are not needed; otherwise add a resource with a resourceName for them, ' +
        'or change the template.',
    }),
  ];
}
