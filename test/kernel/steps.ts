// SPDX-License-Identifier: Apache-2.0

/** The steps that run in the virtual machine, in this order. Each continues from the state of the previous one. */
export const steps = [
  'without RDMA modules, the resource has no shares, and the program logs why',
  'an added soft RoCE link makes its shares and device nodes available',
  'check finds nothing bad in a pod with the interface and the nodes of its HCA',
  'check says that no GID is an address of a network namespace without the interface',
  'check says that locked memory is limited for a user without IPC_LOCK',
  'check names the HCA whose device node a pod lacks',
  'an added second link is part of new grants',
  'a deleted link is named and not part of new grants',
  'a port that goes down makes the shares unhealthy',
  'a port that comes up makes the shares healthy after the hold-down',
  'after ib_umad is unloaded, new pods get uverbs without umad',
  'after ib_umad is loaded, new pods get umad again',
  'a renamed RDMA device keeps its shares',
  'a restarted kubelet gets the shares again',
  'exclusive network namespace mode makes the shares unhealthy, and the program logs why',
  'shared network namespace mode makes the shares healthy again',
  'a removed PCI function makes the shares unhealthy',
  'a rescanned PCI function with a new link makes the shares healthy again',
  'after the last link is deleted, the shares stay listed as unhealthy',
  'the program exits with code 0 on SIGTERM and leaves no socket',
] as const;
export type Step = (typeof steps)[number];
