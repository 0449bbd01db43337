// SPDX-License-Identifier: Apache-2.0
import type { Hca } from './hca.ts';

/** The names of HCAs that appeared while the program ran, and have had no device node of their own since. */
export type IncompleteHcas = ReadonlySet<string>;

/**
 * Returns the HCAs that may still be incomplete. The kernel registers an RDMA device first and creates its nodes
 * afterwards (drivers/infiniband/core/device.c, ib_register_device), so a scan can see it without any. Until it has
 * one, nothing says what kind of device it is. HCAs of the first scan are never incomplete: pods may hold their shares.
 */
export function updateIncomplete(
  before: { readonly incomplete: IncompleteHcas; readonly hcas: readonly Hca[] } | null,
  hcas: readonly Hca[],
): IncompleteHcas {
  if (before === null) return new Set();
  const known = new Set(before.hcas.map(({ name }) => name));
  const isNew = (name: string): boolean => !known.has(name) || before.incomplete.has(name);
  return new Set(hcas.filter((hca) => !hasOwnNode(hca) && isNew(hca.name)).map(({ name }) => name));
}

/**
 * Whether an HCA that was not known before has no device node yet. A scan some moments later may find its nodes.
 */
export function hasUnfinishedHca(hcas: readonly Hca[], known: ReadonlySet<string>): boolean {
  return hcas.some((hca) => !known.has(hca.name) && !hasOwnNode(hca));
}

/** `rdma_cm` is one node for the whole host. */
function hasOwnNode({ deviceNodes }: Hca): boolean {
  return deviceNodes.some(({ kind }) => kind !== 'rdma_cm');
}
