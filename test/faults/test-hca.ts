// SPDX-License-Identifier: Apache-2.0

/** How many PCI functions of the host can have an HCA. */
export const functionCount = 5;

/**
 * What a device is on its function: its first RDMA device, a second one such as a subfunction without a number, or an
 * SMI device, which has no uverbs node by design.
 */
export type Role = 'first' | 'second' | 'management';

export const vendors = ['15b3', '8086'] as const;
export type Vendor = (typeof vendors)[number];

/** An HCA of the host under test. */
export interface TestHca {
  /** The hardware, which decides the PCI function, the role and the GUIDs. The other properties can change. */
  readonly unit: number;
  readonly name: string;
  /** The N of its uverbsN. The number of its umad node is 10 N. */
  readonly number: number;
  /** The vendor of its PCI function. */
  readonly vendor: Vendor;
  /** Whether its uverbs node is in `/dev/infiniband`. */
  readonly uverbs: boolean;
  /** Whether its umad node is in `/dev/infiniband`. */
  readonly umad: boolean;
  /** The state of its port. Null if the state cannot be read. */
  readonly port: 'ACTIVE' | 'DOWN' | null;
  /** Whether its netdev is in another network namespace. */
  readonly netdevAway: boolean;
}

const unitsOf = { first: 0, second: 10, management: 20 } as const;

export function unitOf(role: Role, onFunction: number): number {
  return unitsOf[role] + onFunction;
}

export function roleOf(unit: number): Role {
  if (unit < unitsOf.second) return 'first';
  return unit < unitsOf.management ? 'second' : 'management';
}

/** Returns the index of the PCI function. */
export function functionOf(unit: number): number {
  return unit % 10;
}

export function addressOf(onFunction: number): string {
  return `0000:${(0x3b + onFunction).toString(16)}:00.0`;
}

/** The other functions have Ethernet. Only these can have several RDMA devices. */
export function isInfiniband(onFunction: number): boolean {
  return onFunction % 3 === 0;
}

/**
 * Returns the node GUID. Both InfiniBand HCAs have the same, as virtual functions whose GUID nobody has set. SMI devices
 * have lower GUIDs than all others. A second device has a higher GUID than the first on function 1, and lower ones
 * elsewhere. Only the last group differs, and has digits alone, so that any order of text is the order of GUIDs.
 */
export function guidOf(unit: number): string {
  const onFunction = functionOf(unit);
  const first = onFunction === 1 ? 1_000 : 8_000 + onFunction;
  const last = { first: isInfiniband(onFunction) ? 5_000 : first, second: 2_000 + onFunction, management: onFunction };
  return `0c42:a103:0065:${String(last[roleOf(unit)]).padStart(4, '0')}`;
}

/** Returns the name of the netdev of an HCA. Null for devices that share a function with the first one. */
export function netdevOf(unit: number): string | null {
  if (roleOf(unit) !== 'first') return null;
  return `${isInfiniband(unit) ? 'ib' : 'en'}${unit}`;
}
