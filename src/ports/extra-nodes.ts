// SPDX-License-Identifier: Apache-2.0

/**
 * Finds device nodes of the host that are no part of its RDMA subsystem: `/dev/hfi1_0`, `/dev/gdrdrv`. A pattern is a path below
 * `/dev` whose last part may be a glob (`matchesNodePattern` in the domain). An implementer must guarantee:
 * - `find` gives the paths on the host of all device nodes that match a pattern now, each once, in natural order. Directories and
 *   links are none. What cannot be read has no nodes; it never rejects.
 * - `watch` calls `onHint`, never synchronously, after a node that matches a pattern came or went. As with HCAs, hints may come too often
 *   and may be missed. The returned function ends all that was begun.
 */
export abstract class ExtraNodes {
  abstract find(patterns: readonly string[]): Promise<readonly string[]>;
  abstract watch(patterns: readonly string[], onHint: () => void): () => void;
}
