// SPDX-License-Identifier: Apache-2.0
import { type DeviceNodeKind, type Hca, compareNaturally, deviceNodeKinds } from '../hca/hca.ts';
import type { DeviceNodeSettings } from '../settings/settings.ts';

/** A device node in a container, at the same path as on the host. `permissions` are those of the device cgroup. */
export interface GrantedNode {
  readonly path: string;
  readonly permissions: 'rwm';
}

/** A node that comes with an HCA; `extra` is one that a pattern of the settings names. */
export interface GrantableNode {
  readonly kind: DeviceNodeKind | 'extra';
  readonly path: string;
}

/** For each HCA that a resource offers, by name, what a share of it grants. */
export type NodesByHca = ReadonlyMap<string, readonly GrantableNode[]>;

/** The nodes of an HCA of the kinds that the settings name, and its extra nodes. */
export function grantableNodes(
  { deviceNodes }: Hca,
  { required, optional }: DeviceNodeSettings,
  extra: readonly string[],
): readonly GrantableNode[] {
  const own = deviceNodes.filter(({ kind }) => required.includes(kind) || optional.includes(kind));
  return [...own, ...extra.map((path) => ({ kind: 'extra' as const, path }))];
}

const kindsInOrder: readonly GrantableNode['kind'][] = [...deviceNodeKinds, 'extra'];

/** What a container gets with these HCAs: each node once (`rdma_cm` comes with all of them), by kind and then in natural order. */
export function nodesOf(hcas: readonly Hca[], byHca: NodesByHca): readonly GrantedNode[] {
  const nodes = hcas.flatMap((hca) => byHca.get(hca.name) ?? []);
  const rank = new Map(nodes.map((node) => [node.path, kindsInOrder.indexOf(node.kind)]));
  const paths = [...rank.keys()];
  paths.sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0) || compareNaturally(a, b));
  return paths.map((path) => ({ path, permissions: 'rwm' }));
}
