// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
import { libraryLists } from '../hca/library-lists.ts';
import { shortHash } from '../text/short-hash.ts';

/**
 * Returns the environment variables by which libraries find the HCAs of a container. sysfs shows them all HCAs of the
 * node, and opening one without its device node fails. `NCCL_IB_HCA` takes exact names after a `=` (NCCL user guide),
 * `UCX_NET_DEVICES` takes `name:port` (UCX FAQ). The program's own variable is per resource, so that a container
 * with two resources can distinguish their HCAs.
 */
export function environmentOf(resource: string, hcas: readonly Hca[]): Readonly<Record<string, string>> {
  const { nccl, ucx } = libraryLists(hcas);
  return {
    ...(nccl.length > 0 && { NCCL_IB_HCA: `=${nccl.join(',')}` }),
    ...(ucx.length > 0 && { UCX_NET_DEVICES: ucx.join(',') }),
    [variableName(resource)]: hcas.map((hca) => hca.name).join(','),
  };
}

/**
 * Names of this form never share a variable: lower-case letters, digits and `_` after the default prefix, or after a
 * domain of two labels.
 */
const plainName = /^(rdma|(?!rdma\.)[a-z0-9]+\.[a-z0-9]+)\/[a-z0-9_]+$/;

/**
 * Returns `RDMA_SHARED_DP_RDMA_HCA_A_HCAS` for `rdma/hca_a`. A name of another form, such as `rdma/hca-a`, gets a hash
 * before `_HCAS`. The variable depends on the name alone: other resources may come and go while a pod runs.
 */
function variableName(resource: string): string {
  const flat = resource.toUpperCase().replace(/[^A-Z0-9]/g, '_');
  const hash = plainName.test(resource) ? '' : `_${shortHash(resource).toUpperCase()}`;
  return `RDMA_SHARED_DP_${flat}${hash}_HCAS`;
}
