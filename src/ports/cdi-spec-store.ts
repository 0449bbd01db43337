// SPDX-License-Identifier: Apache-2.0
import type { CdiSpec } from '#domain/grant/cdi-spec.ts';
import type { Problem } from '#domain/problem/problem.ts';

/**
 * Stores the CDI specs that container runtimes read. A runtime looks names up whenever it creates a container: also
 * when a container of a pod that runs for months restarts. An implementation must guarantee:
 * - A reader never sees a partial spec. Specs of other vendors are never touched.
 * - After `store`, every device of the given specs can be looked up, and so can every device that was stored before,
 *   by this instance or another one, unless it was released. A given device replaces an earlier one with its name.
 * - `store` resolves to the problems of the specs that could not be stored, by their kinds; what was stored of these
 *   before stays. It never rejects.
 * - `ensure` stores a spec again if it is not stored as this instance stored it last, and is cheap otherwise. It
 *   rejects with a ProblemError if that fails or takes longer than 5 s: the kubelet waits for the answer.
 * - `retired` returns the resources of stored devices that the last `store` was not given.
 * - `release` removes these devices of the given resources. Only what this instance has stored is removed.
 * - How much is kept is limited. What is dropped is what was given longest ago.
 * - Calls may overlap. They take effect in the order in which they were made.
 */
export abstract class CdiSpecStore {
  abstract store(specs: readonly CdiSpec[]): Promise<ReadonlyMap<string, Problem>>;
  abstract ensure(spec: CdiSpec): Promise<void>;
  abstract retired(): readonly string[];
  abstract release(resources: ReadonlySet<string>): Promise<void>;
}
