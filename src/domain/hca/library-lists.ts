// SPDX-License-Identifier: Apache-2.0
import type { Hca, Port } from './hca.ts';

/**
 * How many entries the libraries read. They drop the rest without a message (NCCL: MAX_IB_DEVS in
 * src/transport/net_ib.cc, also the number of ports that it uses; UCX: UCS_CONFIG_ARRAY_MAX in
 * src/ucs/config/parser.h).
 */
export const listLimits = { nccl: 32, ucx: 128 } as const;

/** The entries by which libraries find HCAs. */
export interface LibraryLists {
  /** `name:port`, or `name` for all ports of an HCA if the ports are too many for NCCL. */
  readonly nccl: readonly string[];
  /** `name:port`. UCX knows no other form. */
  readonly ucx: readonly string[];
}

/**
 * Returns the entries for these HCAs. NCCL takes every active port of an HCA that is named without port. That has the
 * same meaning, because the ports that have no entry never become active.
 */
export function libraryLists(hcas: readonly Hca[]): LibraryLists {
  const named = hcas.map(({ name, ...hca }) => ({ name, ports: portsForTraffic(hca) }));
  const ports = named.flatMap((hca) => hca.ports.map(({ number }) => `${hca.name}:${number}`));
  const names = named.filter((hca) => hca.ports.length > 0).map(({ name }) => name);
  return { nccl: ports.length > listLimits.nccl ? names : ports, ucx: ports };
}

/**
 * Returns the ports that can carry traffic of libraries in the lifetime of a pod: none without a uverbs node, else all
 * but the dead ones. If every port looks dead, nothing distinguishes them, so all are returned.
 */
function portsForTraffic({ deviceNodes, ports }: Pick<Hca, 'deviceNodes' | 'ports'>): readonly Port[] {
  if (!deviceNodes.some(({ kind }) => kind === 'uverbs')) return [];
  const live = ports.filter((port) => !isDead(port));
  return live.length > 0 ? live : ports;
}

/**
 * Whether a port can never carry RoCE: it has no netdev, in this network namespace or in that of a pod, whose address
 * would be in the GID table. A port that is down but has a netdev, or is an InfiniBand port, may come up later.
 */
function isDead({ linkLayer, netdevs, hasGid, state }: Port): boolean {
  return linkLayer === 'Ethernet' && netdevs.length === 0 && hasGid !== true && state !== 'ACTIVE';
}
