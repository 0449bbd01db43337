// SPDX-License-Identifier: Apache-2.0
import { matchesGlob } from '../text/glob.ts';
import type { ClusterSettings, NodeEntry, NodeMatch, ResourceSettings, Settings } from './settings.ts';

/** The facts that entries match. A fact that is null is not known, and matches no pattern (see `requiredFacts`). */
export interface NodeFacts {
  readonly name: string | null;
  readonly labels: ReadonlyMap<string, string> | null;
}

/** The settings of one node, frozen, and the paths of the entries that apply to it, in order. */
export interface NodeSettings {
  readonly settings: Settings;
  readonly entries: readonly string[];
}

/** Returns which facts the settings of a node depend on. Labels count only in entries whose names may match. */
export function requiredFacts({ nodes }: ClusterSettings, name: string | null): { [Fact in keyof NodeFacts]: boolean } {
  return {
    name: nodes.some(({ match }) => match.names.length > 0),
    labels: nodes.some(({ match }) => match.labels.length > 0 && matchesName(match, name)),
  };
}

/** Applies all matching entries in order, so that a later one overrides an earlier one. */
export function settingsFor(cluster: ClusterSettings, node: NodeFacts): NodeSettings {
  const matching = cluster.nodes.filter(
    ({ match }) => matchesName(match, node.name) && matchesLabels(match, node.labels),
  );
  const { nodes: _, ...everywhere } = cluster;
  return Object.freeze({
    settings: Object.freeze(matching.reduce(applyEntry, everywhere)),
    entries: Object.freeze(matching.map(({ path }) => path)),
  });
}

function matchesName({ names }: NodeMatch, name: string | null): boolean {
  return names.length === 0 || (name !== null && names.some((pattern) => matchesGlob(pattern, name)));
}

function matchesLabels({ labels: patterns }: NodeMatch, labels: ReadonlyMap<string, string> | null): boolean {
  return patterns.every(({ key, value: pattern }) => {
    const value = labels?.get(key);
    return value !== undefined && matchesGlob(pattern, value);
  });
}

function applyEntry(settings: Settings, entry: NodeEntry): Settings {
  return {
    periodicUpdateInterval: entry.periodicUpdateInterval ?? settings.periodicUpdateInterval,
    setLinksUp: entry.setLinksUp ?? settings.setLinksUp,
    resources: changeResources(settings.resources, entry),
  };
}

/** A replaced resource keeps its position; new ones come last. */
function changeResources(
  before: readonly ResourceSettings[],
  { remove, resources }: NodeEntry,
): readonly ResourceSettings[] {
  const replaced = new Set(resources.map(({ name }) => name));
  const kept = before.filter(({ name }) => replaced.has(name) || !remove.some((pattern) => matchesGlob(pattern, name)));
  const byName = new Map([...kept, ...resources].map((resource) => [resource.name, resource]));
  return Object.freeze([...byName.values()]);
}
