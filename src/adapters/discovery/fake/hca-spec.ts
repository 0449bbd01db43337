// SPDX-License-Identifier: Apache-2.0
import type { DeviceNodeKind, Netdev } from '#domain/hca/hca.ts';

/** A port of a fake HCA: number 1, ACTIVE, Ethernet, with one netdev, unless told. */
export interface FakePortSpec {
  readonly number?: number | undefined;
  readonly state?: string | null | undefined;
  readonly linkLayer?: string | null | undefined;
  readonly netdevs?: readonly string[] | undefined;
}

/** A netdev of a fake HCA: up, and of the link type of its port, unless told. */
export interface FakeNetdevSpec {
  readonly name: string;
  readonly linkType?: string | undefined;
  readonly up?: Netdev['up'] | undefined;
}

/** A device node; the path follows from the number of the HCA, unless told. */
export interface FakeNodeSpec {
  readonly kind: DeviceNodeKind;
  readonly path?: string | undefined;
  readonly port?: number | null | undefined;
}

/**
 * A fake HCA. Only the name is needed: the rest is that of a ConnectX-6 Dx with one active RoCE port. `pciAddress: null`
 * makes a soft device, which has no PCI identity and no driver unless told. `broken` takes its uverbs node away.
 */
export interface FakeHcaSpec {
  readonly name: string;
  readonly broken?: boolean | undefined;
  readonly pciAddress?: string | null | undefined;
  readonly vendor?: string | null | undefined;
  readonly deviceId?: string | null | undefined;
  readonly driver?: string | null | undefined;
  readonly rdmaDriver?: string | null | undefined;
  readonly functionKind?: 'pf' | 'vf' | null | undefined;
  readonly numaNode?: number | null | undefined;
  readonly nodeGuid?: string | null | undefined;
  readonly ports?: readonly FakePortSpec[] | undefined;
  readonly netdevs?: readonly FakeNetdevSpec[] | undefined;
  readonly deviceNodes?: readonly FakeNodeSpec[] | undefined;
}
