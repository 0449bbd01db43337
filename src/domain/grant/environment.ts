// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';

/**
 * Returns the environment variables by which libraries find the HCAs of a container. sysfs shows them all HCAs of the
 * node, and opening one without its device node fails. `NCCL_IB_HCA` takes exact names after a `=` (NCCL user guide),
 * `UCX_NET_DEVICES` takes `name:port` (UCX FAQ). The program's own variable is per resource, so that a container
 * with two resources can distinguish their HCAs.
 */
export function environmentOf(resource: string, hcas: readonly Hca[]): Readonly<Record<string, string>> {
  const ports = hcas.flatMap((hca) => hca.ports.map((port) => `${hca.name}:${port.number}`)).join(',');
  return {
    ...(ports === '' ? {} : { NCCL_IB_HCA: `=${ports}`, UCX_NET_DEVICES: ports }),
    [variableName(resource)]: hcas.map((hca) => hca.name).join(','),
  };
}

/** `rdma/hca-a` has the variable `RDMA_SHARED_DP_RDMA_HCA_A_HCAS`. */
function variableName(resource: string): string {
  return `RDMA_SHARED_DP_${resource.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_HCAS`;
}
