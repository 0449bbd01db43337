// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';

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

/** The directory of an RDMA device exists, but none of its attributes is readable. */
export function unreadableHca(name: string, place: string): Problem {
  return createProblem('HCA_UNREADABLE', {
    subject: name,
    message: `HCA ${name} is unreadable: neither node_type nor node_guid in ${place} can be read.`,
    remedy: "Check that this process may read the files, and look for errors of the device's driver in dmesg.",
  });
}

/** Sysfs lists a node that is not in `/dev`. `hca` is null for a node of the whole host. */
export function missingDeviceNode(hca: string | null, path: string): Problem {
  const owner = hca === null ? 'all HCAs' : `HCA ${hca}`;
  return createProblem('DEVICE_NODE_MISSING', {
    subject: hca ?? path,
    message: `Device node ${path} of ${owner} does not exist, but the kernel lists it.`,
    remedy:
      "Mount the host's /dev under the host root. " +
      'If the node is also missing on the host, run udevadm trigger there to create it.',
  });
}

/** The HCA has no uverbs device. */
export function hcaWithoutUverbs(hca: string): Problem {
  return createProblem('HCA_WITHOUT_UVERBS', {
    subject: hca,
    message: `HCA ${hca} has no uverbs device, so no program can use it.`,
    remedy: 'Load the module on the host: modprobe ib_uverbs.',
  });
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
