// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';

/** The labels of a node, or the problem with them. `retryable` is the same as in a ConfigReading. */
export type LabelsReading =
  | { readonly labels: ReadonlyMap<string, string>; readonly problem: null }
  | { readonly labels: null; readonly retryable: boolean; readonly problem: Problem };

/**
 * Provides the labels of the node that this program runs on. An implementation must guarantee:
 * - `read` never rejects and takes a few seconds. Labels may be some minutes old: they rarely change, and thousands
 *   of nodes may read theirs at the same time.
 * - `watch` calls `onHint` when `read` may return something else, at most ten minutes after a change. Hints may
 *   be spurious.
 * - `onHint` is never called synchronously by `watch`, nor after the returned function was called. That function ends
 *   everything that `watch` started.
 */
export abstract class NodeLabels {
  abstract read(): Promise<LabelsReading>;
  abstract watch(onHint: () => void): () => void;
}
