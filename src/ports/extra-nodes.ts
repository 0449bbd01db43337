// SPDX-License-Identifier: Apache-2.0

/**
 * Finds device nodes of the host outside its RDMA subsystem, such as `/dev/hfi1_0` or `/dev/gdrdrv`. A pattern is a
 * path under `/dev` whose last part may be a glob (`matchesNodePattern` in the domain). An implementation must
 * guarantee:
 * - `find` returns the host paths of all device nodes that match a pattern now, each once, in natural order.
 *   Directories and links do not count. It never rejects: an unreadable directory has no nodes.
 * - `watch` calls `onHint`, never synchronously, after a matching node was added or removed. Hints may be
 *   spurious or missed. The returned function ends everything that `watch` started.
 */
export abstract class ExtraNodes {
  abstract find(patterns: readonly string[]): Promise<readonly string[]>;
  abstract watch(patterns: readonly string[], onHint: () => void): () => void;
}
