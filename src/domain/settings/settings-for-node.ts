// SPDX-License-Identifier: Apache-2.0
import { matchesGlob } from '../text/glob.ts';
import type { ClusterSettings, NodeEntry, NodeMatch, ResourceSettings, Settings } from './settings.ts';

/** What entries are matched with. Null is what is not known, which no pattern matches: see `factsWanted`. */
export interface NodeFacts {
  readonly name: string | null;
  readonly labels: ReadonlyMap<string, string> | null;
}

/** The settings of one node, frozen, and the entries that made them so: their paths, in the order in which they apply. */
export interface NodeSettings {
  readonly settings: Settings;
  readonly entries: readonly string[];
}

/** Which facts decide what holds on the node of this name; labels only where an entry may match by its names. */
export function factsWanted(
  { nodes }: ClusterSettings,
  name: string | null,
): { readonly name: boolean; readonly labels: boolean } {
  return {
    name: nodes.some(({ match }) => match.names.length > 0),
    labels: nodes.some(({ match }) => match.labels.length > 0 && matchesName(match, name)),
  };
}

/** All entries that match apply, in their order, so that a later one goes before an earlier one. */
export function settingsFor(cluster: ClusterSettings, node: NodeFacts): NodeSettings {
  const matching = cluster.nodes.filter(
    ({ match }) => matchesName(match, node.name) && matchesLabels(match, node.labels),
  );
  const { periodicUpdateInterval, setLinksUp, resources } = cluster;
  const everywhere: Settings = { periodicUpdateInterval, setLinksUp, resources };
  return Object.freeze({
    settings: Object.freeze(matching.reduce(changed, everywhere)),
    entries: Object.freeze(matching.map(({ path }) => path)),
  });
}

function matchesName({ names }: NodeMatch, name: string | null): boolean {
  return names.length === 0 || (name !== null && names.some((pattern) => matchesGlob(pattern, name)));
}

function matchesLabels({ labels: wanted }: NodeMatch, labels: ReadonlyMap<string, string> | null): boolean {
  return wanted.every(({ key, value: pattern }) => {
    const value = labels?.get(key);
    return value !== undefined && matchesGlob(pattern, value);
  });
}

function changed(before: Settings, entry: NodeEntry): Settings {
  return {
    periodicUpdateInterval: entry.periodicUpdateInterval ?? before.periodicUpdateInterval,
    setLinksUp: entry.setLinksUp ?? before.setLinksUp,
    resources: changedResources(before.resources, entry),
  };
}

/** A resource that is replaced keeps its place; new ones stand behind. */
function changedResources(
  before: readonly ResourceSettings[],
  { remove, resources }: NodeEntry,
): readonly ResourceSettings[] {
  const set = new Set(resources.map(({ name }) => name));
  const kept = before.filter(({ name }) => set.has(name) || !remove.some((pattern) => matchesGlob(pattern, name)));
  const byName = new Map([...kept, ...resources].map((resource) => [resource.name, resource]));
  return Object.freeze([...byName.values()]);
}
