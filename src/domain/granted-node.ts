// SPDX-License-Identifier: Apache-2.0
import { type Hca, compareNaturally, deviceNodeKinds } from './hca.ts';

/** A device node in a container, at the same path as on the host. `permissions` are those of the device cgroup. */
export interface GrantedNode {
  readonly path: string;
  readonly permissions: 'rwm';
}

/** The nodes of some HCAs, each once (`rdma_cm` belongs to all of them), by kind and then in natural order. */
export function nodesOf(hcas: readonly Hca[]): readonly GrantedNode[] {
  const nodes = hcas.flatMap((hca) => hca.deviceNodes);
  const rank = new Map(nodes.map((node) => [node.path, deviceNodeKinds.indexOf(node.kind)]));
  const paths = [...rank.keys()];
  paths.sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0) || compareNaturally(a, b));
  return paths.map((path) => ({ path, permissions: 'rwm' }));
}
