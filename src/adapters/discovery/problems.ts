// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import { firstOf } from '#domain/text/first-of.ts';
import { printableString } from '#domain/text/printable.ts';

/** How many nodes or HCAs a message names. */
const examples = 4;

/** `class/infiniband` is absent: no RDMA module is loaded on the host. */
export function rdmaNotLoaded(place: string): Problem {
  return createProblem('RDMA_DRIVER_NOT_LOADED', {
    subject: place,
    message: `The host has no RDMA devices: ${place} does not exist, so no RDMA driver is loaded.`,
    remedy:
      "Load the HCA's RDMA driver on the host, for example: modprobe mlx5_ib ib_uverbs rdma_ucm. " +
      'If it is loaded, check that --host-root is the root of the host.',
  });
}

/** An entry of `class/infiniband` is a dangling link. */
export function danglingRdmaDevice(name: string, place: string): Problem {
  return createProblem('RDMA_DEVICE_DANGLING', {
    subject: name,
    message: `RDMA device ${name} is skipped: ${place} is a dangling link.`,
    remedy: "Mount the whole of the host's /sys. No action is needed if the device was just unplugged.",
  });
}

/** The name of an RDMA device contains characters that this program, containers or runtimes do not accept. */
export function unusableHcaName(name: string): Problem {
  return createProblem('HCA_NAME_UNUSABLE', {
    subject: printableString(name),
    message:
      `RDMA device ${printableString(name)} is not offered: a name has letters, digits, "_", "." and "-", ` +
      'and 63 of these at most.',
    remedy:
      'Rename it on the host: rdma dev set OLD name NEW. Find out who renamed it; containers should not be able to.',
  });
}

/** The directory of an RDMA device exists, but none of its attributes is readable. */
export function unreadableHca(name: string, place: string): Problem {
  return createProblem('HCA_UNREADABLE', {
    subject: name,
    message: `HCA ${name} is unreadable: neither node_type nor node_guid in ${place} can be read.`,
    remedy: "Check that this process may read the files, and look for errors of the device's driver in dmesg.",
  });
}

/** The driver of an HCA has not answered in time. `path` is the attribute that is still being read. */
export function unansweredHca(name: string, pciAddress: string | null, path: string): Problem {
  const label = pciAddress === null ? name : `${name} (${pciAddress})`;
  return createProblem('HCA_SCAN_STUCK', {
    subject: name,
    message: `HCA ${label} does not answer: the read of ${path} is stuck.`,
    remedy:
      'Search dmesg for errors of its driver or firmware; reset the HCA, or restart the node. ' +
      'Its shares become healthy again when the read finishes.',
  });
}

/** A lock of the kernel's network stack is held for too long. `path` is the attribute that is still being read. */
export function unansweredNetdevs(path: string): Problem {
  return createProblem('NETDEVS_SCAN_STUCK', {
    subject: '/sys/class/net',
    message: `The netdevs of HCAs are those of an earlier scan: the read of ${path} is stuck.`,
    remedy:
      'Search dmesg for a network driver that hangs; ip link hangs as well while it does. ' +
      'No action is needed if this is resolved within a minute.',
  });
}

/** A node that sysfs lists and `/dev` lacks. `hca` is null for a node of the whole host. */
interface MissingNode {
  readonly hca: string | null;
  readonly path: string;
}

/** Returns one problem for all missing nodes of a host: they have one cause. */
export function missingDeviceNodes(nodes: readonly MissingNode[]): readonly Problem[] {
  const [first, ...others] = nodes;
  if (first === undefined) return [];
  const hcas = [...new Set(nodes.flatMap(({ hca }) => hca ?? []))];
  const owners = hcas.length === 0 ? 'all HCAs' : `${hcas.length === 1 ? 'HCA' : 'HCAs'} ${firstOf(hcas, examples)}`;
  const listed = `${firstOf(
    nodes.map(({ path }) => path),
    examples,
  )} of ${owners}`;
  return [
    createProblem('DEVICE_NODE_MISSING', {
      subject: nodes.every(({ hca }) => hca === first.hca) ? (first.hca ?? first.path) : '/dev/infiniband',
      message:
        others.length === 0
          ? `Device node ${listed} does not exist, but the kernel lists it.`
          : `Device nodes ${listed} do not exist, but the kernel lists them.`,
      remedy:
        "Mount the host's /dev under the host root. If the host lacks the nodes too, its /dev is not a devtmpfs, " +
        'as in a container: pass /dev/infiniband in from outside, or create the nodes with mknod.',
    }),
  ];
}

/** A name in `/dev/infiniband` that the kernel lists as a device node, and what it is: `a directory`. */
export function notDeviceNode(path: string, found: string): Problem {
  return createProblem('DEVICE_NODE_INVALID', {
    subject: path,
    message: `${path} is ${found}, not a character device, so containers cannot use it.`,
    remedy:
      'Remove it on the host, and load the driver again. A container runtime creates a directory there for a ' +
      'hostPath volume that is mounted before the node exists.',
  });
}

/** Returns one problem for all HCAs without a uverbs device. If another HCA has one, the module `isLoaded`. */
export function hcasWithoutUverbs(hcas: readonly string[], isLoaded: boolean): readonly Problem[] {
  const [first, ...others] = hcas;
  if (first === undefined) return [];
  return [
    createProblem('HCA_WITHOUT_UVERBS', {
      subject: others.length === 0 ? first : '/sys/class/infiniband_verbs',
      message:
        others.length === 0
          ? `HCA ${first} has no uverbs device, so no program can use it.`
          : `HCAs ${firstOf(hcas, examples)} have no uverbs device, so no program can use them.`,
      remedy: isLoaded
        ? "Search dmesg for errors of the HCA's driver; ib_uverbs is loaded, because other HCAs have a uverbs device."
        : 'Load the module on the host: modprobe ib_uverbs.',
    }),
  ];
}

/** `duplicate` and `first` are the titles of two discoveries, `same` is what the two HCAs have in common. */
export function duplicateHca(hca: string, duplicate: string, first: string, same: string): Problem {
  return createProblem('HCA_DUPLICATE', {
    subject: hca,
    message:
      `HCA ${hca} of ${duplicate} is ignored, because ${first} takes precedence and reports an HCA with ` +
      `the same ${same}.`,
    remedy:
      'No action needed if this is intended. The built-in discovery takes precedence over modules, ' +
      'and modules take precedence in the order of --discovery-module.',
  });
}
