// SPDX-License-Identifier: Apache-2.0
import { matchesGlob } from '../text/glob.ts';
import type { ClusterSettings, NodeEntry, NodeMatch, RejectedResource, Settings } from './settings.ts';

/** The facts that entries match. A fact that is null is not known, and matches no pattern (see `requiredFacts`). */
export interface NodeFacts {
  readonly name: string | null;
  readonly labels: ReadonlyMap<string, string> | null;
}

/** The settings of one node, frozen, and the paths of the entries that apply to it, in order. */
export interface NodeSettings {
  readonly settings: Settings;
  /** The resources that the node would offer, but for the kubelet. */
  readonly rejected: readonly RejectedResource[];
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
  const { rejected, ...settings } = matching.reduce<Everywhere>(applyEntry, everywhere);
  return Object.freeze({
    settings: Object.freeze(settings),
    rejected,
    entries: Object.freeze(matching.map(({ path }) => path)),
  });
}

type Everywhere = Omit<ClusterSettings, 'nodes'>;

function matchesName({ names }: NodeMatch, name: string | null): boolean {
  return names.length === 0 || (name !== null && names.some((pattern) => matchesGlob(pattern, name)));
}

function matchesLabels({ labels: patterns }: NodeMatch, labels: ReadonlyMap<string, string> | null): boolean {
  return patterns.every(({ key, value: pattern }) => {
    const value = labels?.get(key);
    return value !== undefined && matchesGlob(pattern, value);
  });
}

function applyEntry(settings: Everywhere, entry: NodeEntry): Everywhere {
  const replaced = new Set([...entry.resources, ...entry.rejected].map(({ name }) => name));
  const mayStay = ({ name }: { readonly name: string }): boolean =>
    replaced.has(name) || !entry.remove.some((pattern) => matchesGlob(pattern, name));
  return {
    periodicUpdateInterval: entry.periodicUpdateInterval ?? settings.periodicUpdateInterval,
    setLinksUp: entry.setLinksUp ?? settings.setLinksUp,
    resources: changeResources(settings.resources.filter(mayStay), entry.resources, entry.rejected),
    rejected: changeResources(settings.rejected.filter(mayStay), entry.rejected, entry.resources),
  };
}

/** A replaced resource keeps its position; new ones come last. Those of the other kind take its place there. */
function changeResources<T extends { readonly name: string }>(
  before: readonly T[],
  added: readonly T[],
  ofOtherKind: readonly { readonly name: string }[],
): readonly T[] {
  const byName = new Map([...before, ...added].map((resource) => [resource.name, resource]));
  for (const { name } of ofOtherKind) byName.delete(name);
  return Object.freeze([...byName.values()]);
}
