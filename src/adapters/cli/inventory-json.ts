// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Hca, Inventory, NetnsMode } from '#domain/hca/hca.ts';

/**
 * What `discover -o json` prints: a stable interface, documented in docs/discover.md. Within a major version, keys are
 * added but never changed or removed.
 */
export interface InventoryJson {
  readonly hcas: readonly HcaJson[];
  readonly netnsMode: NetnsMode;
  readonly problems: readonly Problem[];
}

interface HcaJson {
  readonly name: string;
  readonly pciAddress: string | null;
  readonly vendor: string | null;
  readonly deviceId: string | null;
  readonly driver: string | null;
  readonly rdmaDriver: string | null;
  readonly functionKind: 'pf' | 'vf' | null;
  readonly numaNode: number | null;
  readonly nodeGuid: string | null;
  readonly ports: readonly {
    number: number;
    state: string | null;
    linkLayer: string | null;
    netdevs: readonly string[];
  }[];
  readonly deviceNodes: readonly { kind: string; path: string }[];
}

export function inventoryJson(inventory: Inventory): InventoryJson {
  return { hcas: inventory.hcas.map(hcaJson), netnsMode: inventory.netnsMode, problems: inventory.problems };
}

function hcaJson(hca: Hca): HcaJson {
  return {
    name: hca.name,
    pciAddress: hca.pci?.address ?? null,
    vendor: hca.pci?.vendor ?? null,
    deviceId: hca.pci?.deviceId ?? null,
    driver: hca.driver,
    rdmaDriver: hca.rdmaDriver,
    functionKind: hca.pci?.functionKind ?? null,
    numaNode: hca.numaNode,
    nodeGuid: hca.nodeGuid,
    ports: hca.ports.map(({ number, state, linkLayer, netdevs }) => ({ number, state, linkLayer, netdevs })),
    deviceNodes: hca.deviceNodes.map(({ kind, path }) => ({ kind, path })),
  };
}
