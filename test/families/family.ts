// SPDX-License-Identifier: Apache-2.0
import type { TreeHca, TreeNetdev } from '../support/sysfs-tree.ts';

/**
 * The evidence for a host. `capture`: a capture of a real kernel, which other tests use too. `sources`: the sources of
 * the kernel and of rdma-core; not yet confirmed on hardware.
 */
type Basis = 'capture' | 'sources';

/** An HCA as discovery must report it, according to the kernel sources. */
export interface ExpectedHca {
  readonly name: string;
  /** `<driver of the function> <RDMA module>`; `-` stands for none. */
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

/** A host as a tree of files, the expected inventory, and the expected offer with typical settings. */
export interface FamilyHost {
  readonly title: string;
  readonly basis: Basis;
  readonly works: string;
  readonly notes: string;
  readonly hcas: readonly TreeHca[];
  /** Netdevs that do not belong to the parent of an HCA; `at` is their path under `/sys/devices`. */
  readonly netdevs?: readonly (TreeNetdev & { readonly at: string })[];
  /** Targets of symbolic links, by their path from the root. */
  readonly links?: Readonly<Record<string, string>>;
  readonly extraNodes?: readonly string[];
  /** False if the module rdma_ucm is not loaded. */
  readonly rdmaCm?: false;
  readonly found: readonly ExpectedHca[];
  /** One resource, as JSON. The documentation shows it unchanged. */
  readonly resource: string;
  /** The offered HCAs, the number of healthy shares, and the nodes under `/dev` that the first share grants. */
  readonly offer: { readonly hcas: readonly string[]; readonly shares: number; readonly nodes: readonly string[] };
  /** The offered HCAs that remain with upstream's rule, `required: ["uverbs", "umad", "rdma_cm"]`. */
  readonly strict: readonly string[];
}

export interface Family {
  readonly name: string;
  readonly hosts: readonly FamilyHost[];
}

/** Returns the path of a PCI function under `/sys/devices`, behind a root port. */
export function pciAt(address: string): string {
  return `pci0000:00/0000:00:02.0/${address}`;
}

/** Returns the links by which sysfs shows the driver of an auxiliary device. */
export function auxiliary(parent: string, device: string, driver: string): Readonly<Record<string, string>> {
  return { [`sys/devices/${parent}/${device}/driver`]: `sys/bus/auxiliary/drivers/${driver}` };
}
