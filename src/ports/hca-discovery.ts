// SPDX-License-Identifier: Apache-2.0
import type { Inventory } from '#domain/hca/hca.ts';

/**
 * Finds the HCAs of the host. An implementer must guarantee:
 * - Each call reports the whole present, never deltas; two calls on an unchanged host report equal inventories.
 * - HCAs are in natural order of their names, names are unique, and the value is deeply frozen.
 * - What hardware lacks is null or empty. An HCA that cannot be read whole is reported with what could be read, beside
 *   its healthy neighbours, and named in `problems`. A host without RDMA is an empty inventory, not an error.
 * - An HCA whose device nodes are missing is reported without them and named in `problems`.
 * - It rejects, with a ProblemError that names the place and the remedy, only when the host cannot be looked at at all.
 * - The event loop is never blocked for longer than 50 ms at a stretch.
 */
export abstract class HcaDiscovery {
  abstract scan(): Promise<Inventory>;
}
