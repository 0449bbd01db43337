// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';

/** `class/infiniband` is absent: no RDMA module is loaded on the host. */
export function rdmaNotLoaded(place: string): Problem {
  return createProblem('RDMA_DRIVER_NOT_LOADED', {
    subject: place,
    message: `The host has no RDMA devices: ${place} does not exist, so no RDMA driver is loaded.`,
    remedy:
      "Load the HCA's RDMA driver on the host (for example: modprobe mlx5_ib ib_uverbs rdma_ucm), or check that --host-root is the host's root.",
  });
}

/** An entry of `class/infiniband` leads nowhere. */
export function danglingRdmaDevice(name: string, place: string): Problem {
  return createProblem('RDMA_DEVICE_DANGLING', {
    subject: name,
    message: `RDMA device ${name} was left out: ${place} is a link that leads nowhere.`,
    remedy:
      "Check that the whole of the host's /sys is mounted; if the device was just unplugged, nothing is to be done.",
  });
}

/** An RDMA device whose directory is there, but none of whose attributes could be read. */
export function unreadableHca(name: string, place: string): Problem {
  return createProblem('HCA_UNREADABLE', {
    subject: name,
    message: `The attributes of HCA ${name} in ${place} could not be read, neither node_type nor node_guid.`,
    remedy: "Check that the files are readable for this process and that the device's driver works (dmesg).",
  });
}

/** Sysfs names a node which is not in `/dev`. `hca` is null for a node of the whole host. */
export function missingDeviceNode(hca: string | null, path: string): Problem {
  return createProblem('DEVICE_NODE_MISSING', {
    subject: hca ?? path,
    message: `The kernel names the device node ${path} for ${hca === null ? 'all HCAs' : `HCA ${hca}`}, and it is not there.`,
    remedy:
      "Check that the host's /dev is mounted below the host root and that nothing removed the node; udevadm trigger makes it again.",
  });
}

/** Without uverbs no program can use an HCA. */
export function hcaWithoutUverbs(hca: string): Problem {
  return createProblem('HCA_WITHOUT_UVERBS', {
    subject: hca,
    message: `HCA ${hca} has no uverbs device, so no program can use it.`,
    remedy: 'Load the module on the host: modprobe ib_uverbs.',
  });
}
