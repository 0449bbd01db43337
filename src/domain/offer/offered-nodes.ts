// SPDX-License-Identifier: Apache-2.0
import type { DeviceNodeKind, Hca } from '../hca/hca.ts';
import type { DeviceNodeSettings } from '../settings/settings.ts';

/** A device node that a container gets with an HCA. `extra` nodes match a pattern in `deviceNodes.extra`. */
export interface OfferedNode {
  readonly kind: DeviceNodeKind | 'extra';
  readonly path: string;
}

/** The device nodes that come with each HCA of an offer, by the HCA's name. */
export type OfferedNodes = ReadonlyMap<string, readonly OfferedNode[]>;

/** Returns the nodes of the required and optional kinds, and the extra nodes, of each HCA. */
export function offeredNodes(
  hcas: readonly Hca[],
  { required, optional }: DeviceNodeSettings,
  extraPaths: ReadonlyMap<string, readonly string[]>,
): OfferedNodes {
  return new Map(
    hcas.map(({ name, deviceNodes }) => [
      name,
      [
        ...deviceNodes.filter(({ kind }) => required.includes(kind) || optional.includes(kind)),
        ...(extraPaths.get(name) ?? []).map((path) => ({ kind: 'extra' as const, path })),
      ],
    ]),
  );
}
