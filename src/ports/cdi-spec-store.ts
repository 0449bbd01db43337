// SPDX-License-Identifier: Apache-2.0
import type { CdiSpec } from '#domain/grant/cdi-spec.ts';

/**
 * Stores the CDI specs that container runtimes read. An implementation must guarantee:
 * - A reader never sees a partial spec. Specs of other vendors are never touched.
 * - After `replaceAll`, exactly the given specs of this program exist. It rejects with a ProblemError if that fails.
 * - `ensure` rewrites the spec if it is not stored as last written, and is cheap otherwise.
 * - Calls may overlap. They take effect in the order in which they were made.
 */
export abstract class CdiSpecStore {
  abstract replaceAll(specs: readonly CdiSpec[]): Promise<void>;
  abstract ensure(spec: CdiSpec): Promise<void>;
}
