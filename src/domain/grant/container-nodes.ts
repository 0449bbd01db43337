// SPDX-License-Identifier: Apache-2.0
import { type Hca, deviceNodeKinds } from '../hca/hca.ts';
import type { OfferedNode, OfferedNodes } from '../offer/offered-nodes.ts';
import { compareNaturally } from '../text/natural-order.ts';

/** A device node in a container, at the same path as on the host. */
export interface ContainerNode {
  readonly path: string;
  /** The permissions of the device cgroup: read, write, create the node with mknod. */
  readonly permissions: 'rwm' | 'rw';
}

const kindOrder: readonly OfferedNode['kind'][] = [...deviceNodeKinds, 'extra'];

/** Returns the nodes of a container with these HCAs, each once (`rdma_cm` comes with every HCA), by kind and path. */
export function containerNodes(
  hcas: readonly Hca[],
  offered: OfferedNodes,
  permissions: ContainerNode['permissions'] = 'rwm',
): readonly ContainerNode[] {
  const nodes = hcas.flatMap((hca) => offered.get(hca.name) ?? []);
  const rank = new Map(nodes.map((node) => [node.path, kindOrder.indexOf(node.kind)]));
  const paths = [...rank.keys()];
  paths.sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0) || compareNaturally(a, b));
  return paths.map((path) => ({ path, permissions }));
}
