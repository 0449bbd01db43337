// SPDX-License-Identifier: Apache-2.0
import type { Inventory } from '#domain/hca/hca.ts';

/**
 * Finds the HCAs of the host. An implementation must guarantee:
 * - Each call reports the complete current state, never only changes. Two calls on an unchanged host report equal
 *   inventories.
 * - HCAs are in natural order of their names, names are unique, and the value is deeply frozen.
 * - Attributes that the hardware does not have are null or empty. A host without RDMA is an empty inventory, not an
 *   error.
 * - An HCA that is only partly readable, or that lacks device nodes, is reported with what can be read and named in
 *   `problems`. It never hides another HCA.
 * - `scan` rejects only if the host cannot be scanned at all, with a ProblemError that names the place and the remedy.
 * - The event loop is never blocked for longer than 50 ms at a time.
 */
export abstract class HcaDiscovery {
  abstract scan(): Promise<Inventory>;
}
