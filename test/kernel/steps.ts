// SPDX-License-Identifier: Apache-2.0

/** What happens in the machine, in this order. Each step begins where the one before it ended. */
export const steps = [
  'without RDMA modules the resource is there with no share, and why is said',
  'a soft-RoCE link that is added gives its shares and its nodes',
  'a second link joins the grants',
  'a link that is deleted leaves the grants',
  'a port that falls takes the shares with it',
  'a port that rises gives them back after the hold-down',
  'ib_umad unloaded leaves uverbs to new pods',
  'ib_umad loaded again gives umad to new pods',
  'an RDMA device that is renamed keeps its shares',
  'a kubelet that restarts has the shares again',
  'exclusive network namespace mode takes all shares, and why is said',
  'shared mode gives them back',
  'a PCI function that is removed takes the shares with it',
  'a PCI function that is found again gives them back, with its link',
  'the last link that is deleted leaves the shares in the list, unhealthy',
  'TERM ends the program with status 0 and leaves no socket',
] as const;
export type Step = (typeof steps)[number];
