// SPDX-License-Identifier: Apache-2.0
import type { CdiSpec } from '#domain/grant/cdi-spec.ts';

/**
 * The CDI specs that container runtimes read. An implementer must guarantee:
 * - A reader never sees half a spec. Specs of others are never touched.
 * - `replaceAll` leaves exactly these specs of ours, and rejects with a ProblemError when it cannot.
 * - `ensure` is cheap when the spec is there as last written, and otherwise writes it again.
 * - Calls may overlap. They take effect in the order in which they were made.
 */
export abstract class CdiSpecStore {
  abstract replaceAll(specs: readonly CdiSpec[]): Promise<void>;
  abstract ensure(spec: CdiSpec): Promise<void>;
}
