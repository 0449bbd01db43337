// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';

/** The labels of a node, or why they are not known. `retryable`: as in a ConfigReading. */
export type LabelsReading =
  | { readonly labels: ReadonlyMap<string, string>; readonly problem: null }
  | { readonly labels: null; readonly retryable: boolean; readonly problem: Problem };

/**
 * The labels of the node that this program runs on, and of no other. An implementer must guarantee:
 * - `read` never rejects, and takes at most seconds. Its labels are at most some minutes old: they change rarely, and thousands of nodes may
 *   ask for theirs at the same moment.
 * - `watch` says that a read may now give something else, or give labels where it gave a problem. Hints carry nothing and may come too
 *   often; a change is followed by one within ten minutes. `onHint` is never called synchronously by `watch`, nor after the returned
 *   function was called; that function ends all that `watch` began.
 */
export abstract class NodeLabels {
  abstract read(): Promise<LabelsReading>;
  abstract watch(onHint: () => void): () => void;
}
