// SPDX-License-Identifier: Apache-2.0
import type { FakeHcaSpec, FakeNodeSpec } from '#adapters/discovery/fake/hca-spec.ts';
import { type AddedHca, type WorldHardware, defaultHardware } from '#src/testing/hca-world.ts';
import type { TreeHca, TreeNetdev, TreePort } from './sysfs-tree.ts';

type Hardware = Required<WorldHardware>;

/** Kinds of hardware that differ in what the contract suite compares, by their titles. */
export const worldHardware: Readonly<Record<string, Hardware>> = {
  'ConnectX-6 Dx': { ...defaultHardware, hasVirtualFunctions: true },
  'a dual-port InfiniBand HCA': {
    ...defaultHardware,
    driver: 'mlx4_core',
    deviceId: '1003',
    linkLayer: 'InfiniBand',
    portCount: 2,
    deviceNodeKinds: ['uverbs', 'umad', 'issm', 'rdma_cm'],
    nameOf: (index) => `mlx4_${index}`,
  },
  'a dual-port iWARP adapter without MAD': {
    ...defaultHardware,
    driver: 'cxgb4',
    vendor: '1425',
    deviceId: '6409',
    portCount: 2,
    deviceNodeKinds: ['uverbs', 'rdma_cm'],
    nameOf: (index) => `cxgb4_${index}`,
    hasSoftDevices: false,
  },
  EFA: {
    ...defaultHardware,
    driver: 'efa',
    vendor: '1d0f',
    deviceId: 'efa2',
    linkLayer: 'Unknown',
    hasNetdevs: false,
    deviceNodeKinds: ['uverbs', 'rdma_cm'],
    nameOf: (index) => `rdmap${16 + index}s27`,
    hasSoftDevices: false,
  },
};

/** Where a test adds an HCA. */
export interface Place {
  /** The number of its uverbs node. */
  readonly number: number;
  /** The PCI function. */
  readonly slot: string;
  /** For a virtual function, its physical one. */
  readonly physicalSlot: string | null;
}

/** Places HCAs in the order in which they are added. */
export class Places {
  private readonly slots = new Map<string, string>();

  add({ name, virtualFunctionOf }: AddedHca): Place {
    const number = this.slots.size;
    const physicalSlot = this.slots.get(virtualFunctionOf ?? '') ?? null;
    const slot = physicalSlot?.replace('.0', '.1') ?? `0000:${(0x3b + number).toString(16)}:00.0`;
    this.slots.set(name, slot);
    return { number, slot, physicalSlot };
  }
}

/** Returns the fake HCA that a test adds. */
export function fakeHcaOf(
  hardware: Hardware,
  { name, soft, virtualFunctionOf }: AddedHca,
  { slot }: Place,
): FakeHcaSpec {
  if (soft === true) return { name, pciAddress: null };
  const { driver, vendor, deviceId, linkLayer, hasNetdevs, deviceNodeKinds: kinds } = hardware;
  const numbers = portNumbers(hardware);
  return {
    name,
    driver,
    vendor,
    deviceId,
    pciAddress: slot,
    functionKind: virtualFunctionOf === undefined ? 'pf' : 'vf',
    ports: numbers.map(() => ({ linkLayer, ...(hasNetdevs ? {} : { netdevs: [] }) })),
    deviceNodes: kinds.flatMap((kind): readonly FakeNodeSpec[] =>
      kind === 'umad' || kind === 'issm' ? numbers.map((port) => ({ kind, port })) : [{ kind }],
    ),
  };
}

/** Returns the HCA in sysfs that a test adds. */
export function treeHcaOf(
  hardware: Hardware,
  { name, soft }: AddedHca,
  { number, slot, physicalSlot }: Place,
): TreeHca {
  const softParent = `eth${number}`;
  if (soft === true) return { name, number, device: null, softParent, netdevs: [{ name: softParent }] };
  const { driver, vendor, deviceId, deviceNodeKinds: kinds } = hardware;
  const ports = portNumbers(hardware).map((port) => treePortOf(hardware, number, port));
  return {
    name,
    number,
    driver,
    device: `pci0000:00/${slot}`,
    pci: { vendor: `0x${vendor}\n`, device: `0x${deviceId}\n` },
    ...(physicalSlot === null ? {} : { physicalFunction: physicalSlot }),
    kinds: (['uverbs', 'umad', 'issm'] as const).filter((kind) => kinds.includes(kind)),
    ports,
    netdevs: hardware.hasNetdevs ? ports.map((port) => treeNetdevOf(number, port)) : [],
  };
}

function portNumbers({ portCount }: Hardware): readonly number[] {
  return Array.from({ length: portCount }, (_, index) => index + 1);
}

function treePortOf({ linkLayer, hasNetdevs }: Hardware, number: number, port: number): TreePort {
  const guid = `0c42:a103:${String(port).padStart(4, '0')}:${String(number).padStart(4, '0')}`;
  const gidNetdevs = linkLayer === 'Ethernet' && hasNetdevs ? [netdevName(number, port)] : [];
  return { number: port, linkLayer, guid, gidNetdevs };
}

/** An IPoIB interface has the GUID of its port at the end of its address. */
function treeNetdevOf(number: number, { number: port, linkLayer, guid = '' }: TreePort): TreeNetdev {
  const name = netdevName(number, port);
  if (linkLayer !== 'InfiniBand') return { name, devPort: port - 1 };
  const bytes = guid.replaceAll(':', '').replaceAll(/(..)(?=.)/g, '$1:');
  return { name, type: 32, address: `80:00:00:29:fe:80:00:00:00:00:00:00:${bytes}`, devPort: port - 1 };
}

function netdevName(number: number, port: number): string {
  return port === 1 ? `net${number}` : `net${number}p${port}`;
}
