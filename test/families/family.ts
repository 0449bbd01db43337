// SPDX-License-Identifier: Apache-2.0
import type { TreeHca, TreeNetdev } from '../support/sysfs-tree.ts';

/**
 * How we know: `capture`, from a capture of a real kernel, on which tests run as well; `sources`, from the sources of the kernel and of
 * rdma-core, and nobody has told us yet that the hardware shows just that.
 */
export type Basis = 'capture' | 'sources';

/** An HCA as it has to be found, written down from what the kernel's sources say. */
export interface ExpectedHca {
  readonly name: string;
  /** `<driver of the function> <RDMA module>`, `-` for none. */
  readonly drivers: string;
  /** `<address> <vendor>:<device> <pf or vf>`; null without a PCI function. */
  readonly pci: string | null;
  readonly numaNode: number | null;
  readonly nodeType: string;
  /** `<number> <link layer> <netdevs of the port>`. */
  readonly ports: readonly string[];
  /** `<name> <link type>`. */
  readonly netdevs: readonly string[];
  /** Names in `/dev/infiniband`. */
  readonly nodes: readonly string[];
}

/** A host as a tree of files, what is to be found there, and what becomes of it with settings that are natural for it. */
export interface FamilyHost {
  readonly title: string;
  readonly basis: Basis;
  readonly works: string;
  readonly notes: string;
  readonly hcas: readonly TreeHca[];
  /** Netdevs that are not on the parent of an HCA, by where they are below `/sys/devices`. */
  readonly netdevs?: readonly (TreeNetdev & { readonly at: string })[];
  /** Links by their path from the root: where they lead. */
  readonly links?: Readonly<Record<string, string>>;
  readonly extraNodes?: readonly string[];
  /** Whether the module rdma_ucm is loaded; it is unless told. */
  readonly rdmaCm?: false;
  readonly found: readonly ExpectedHca[];
  /** One resource, as JSON: it is shown in the documentation as it is. */
  readonly resource: string;
  /** What it offers: the HCAs, the healthy shares of all of them, and the nodes below `/dev` that the first share grants. */
  readonly offer: { readonly hcas: readonly string[]; readonly shares: number; readonly nodes: readonly string[] };
  /** Those of the offered HCAs that upstream's rule, `required: ["uverbs", "umad", "rdma_cm"]`, leaves. */
  readonly strict: readonly string[];
}

export interface Family {
  readonly name: string;
  readonly hosts: readonly FamilyHost[];
}

/** Where a PCI function is below `/sys/devices`, under a root port. */
export function pciAt(address: string): string {
  return `pci0000:00/0000:00:02.0/${address}`;
}

/** The links by which sysfs tells the driver of an auxiliary device. */
export function auxiliary(parent: string, device: string, driver: string): Readonly<Record<string, string>> {
  return { [`sys/devices/${parent}/${device}/driver`]: `sys/bus/auxiliary/drivers/${driver}` };
}
