// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '../collections/group-by.ts';
import type { Hca } from '../hca/hca.ts';
import { type Problem, createProblem } from '../problem/problem.ts';
import { type SelectorMismatch, applySelectors } from '../selection/apply-selectors.ts';
import type { ResourceSettings } from '../settings/settings.ts';
import { firstOf } from '../text/first-of.ts';
import { compareNaturally } from '../text/natural-order.ts';
import { type RailOrder, checkRailOrder, railsByHca, updateRails } from './rails.ts';
import { type NameOwner, type TemplateName, templateNames } from './template-names.ts';

/**
 * Which resource of an entry an HCA is in, or why it is in none. `no-name`: the template produces no name for it.
 * `management-only`: the entry requires a uverbs node, which the kernel creates for no such HCA.
 */
export type Selection =
  | { readonly selected: true; readonly resource: string }
  | SelectorMismatch
  | { readonly selected: false; readonly kind: 'no-name' }
  | { readonly selected: false; readonly kind: 'management-only' };

type Mismatch = Exclude<Selection, { readonly selected: true }>;

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

/** What templates made so far. It stays as it is while other HCAs come and go. */
export interface NamingHistory {
  /** The rails of each template, by `entryKey`. */
  readonly rails: ReadonlyMap<string, RailOrder>;
  /** The entry that each name belongs to, by `entryKey`, and the values in it. */
  readonly names: ReadonlyMap<string, NameOwner>;
}

export const noNamingHistory: NamingHistory = { rails: new Map(), names: new Map() };

/** All entries of the settings on this node. */
interface Expansion {
  readonly entries: readonly ExpandedEntry[];
  readonly naming: NamingHistory;
  /** Templates that produce no name for some of the HCAs that they select, or have rails that are not in PCI order. */
  readonly problems: readonly Problem[];
}

/**
 * Expands name templates into resources. A name that several entries make goes to the entry with that `resourceName`,
 * else to the entry that had it before, else to the first one in the settings.
 */
export function expandResources(
  settings: readonly ResourceSettings[],
  hcas: readonly Hca[],
  before: NamingHistory,
): Expansion {
  const owners = nameOwners(settings, before);
  const rails = new Map<string, RailOrder>();
  const problems: Problem[] = [];
  const entries = settings.map((entry) => {
    const mismatches = new Map(hcas.map((hca) => [hca.name, mismatchOf(hca, entry)]));
    const selected = hcas.filter((hca) => mismatches.get(hca.name) === null);
    if (entry.nameTemplate === null) return expandedEntry(entry, mismatches, new Map([[entry.name, selected]]));
    const key = entryKey(entry);
    const railOrder = updateRails(before.rails.get(key) ?? [], selected);
    rails.set(key, railOrder);
    const names = templateNames(entry.name, selected, { entry: key, rails: railsByHca(railOrder, selected), owners });
    problems.push(...checkRailOrder(entry.name, railOrder), ...skippedHcas(entry.name, names));
    for (const made of names.values()) if (made.name !== null) owners.set(made.name, { entry: key, exact: made.exact });
    return expandedEntry(entry, mismatches, hcasByName(selected, names));
  });
  return { entries, naming: { rails, names: owners }, problems };
}

/** Returns the owners of the names so far: entries with a `resourceName`, and templates that are still configured. */
function nameOwners(settings: readonly ResourceSettings[], before: NamingHistory): Map<string, NameOwner> {
  const templates = new Set(settings.filter(({ nameTemplate }) => nameTemplate !== null).map(entryKey));
  const fixed = settings.filter(({ nameTemplate }) => nameTemplate === null);
  return new Map([
    ...[...before.names].filter(([, { entry }]) => templates.has(entry)),
    ...fixed.map((entry) => [entry.name, { entry: entryKey(entry), exact: null }] as const),
  ]);
}

/** Returns why an entry leaves an HCA out, whatever name its template would produce; null if it selects the HCA. */
export function mismatchOf(hca: Hca, entry: ResourceSettings): Mismatch | null {
  return applySelectors(hca, entry) ?? unfitFor(hca, entry);
}

/** A container without a uverbs node can use such an HCA for management, if the entry asks for that. */
function unfitFor(hca: Hca, { deviceNodes }: ResourceSettings): Mismatch | null {
  const isFit = !hca.managementOnly || !deviceNodes.required.includes('uverbs');
  return isFit ? null : { selected: false, kind: 'management-only' };
}

/** Rails and names start again when the selectors change, so that they do not depend on when the program started. */
function entryKey({ name, selectors, exclude }: ResourceSettings): string {
  return JSON.stringify([name, selectors, exclude]);
}

function hcasByName(
  selected: readonly Hca[],
  names: ReadonlyMap<string, TemplateName>,
): ReadonlyMap<string, readonly Hca[]> {
  const groups = groupBy(selected, (hca) => names.get(hca.name)?.name ?? null);
  return new Map([...groups].toSorted(([a], [b]) => compareNaturally(a, b)));
}

function expandedEntry(
  settings: ResourceSettings,
  mismatches: ReadonlyMap<string, Mismatch | null>,
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
      message: `${template} creates no resource for ${firstOf(skipped, 3)}.`,
      remedy:
        'Exclude these HCAs if they are not needed; otherwise add a resource with a resourceName for them, ' +
        'or change the template.',
    }),
  ];
}
