// SPDX-License-Identifier: Apache-2.0
import { type Finding, bad, good, warning } from '../finding.ts';
import type { PodHca } from './survey.ts';

/** The provider of rdma-core for the HCAs of a PCI driver. */
const providerOfDriver: ReadonlyMap<string, string> = new Map([
  ['bnxt_en', 'bnxt_re'],
  ['cxgb4', 'cxgb4'],
  ['efa', 'efa'],
  ['erdma', 'erdma'],
  ['hfi1', 'hfi1verbs'],
  ['hns3', 'hns'],
  ['i40e', 'irdma'],
  ['ib_mthca', 'mthca'],
  ['ib_qib', 'ipathverbs'],
  ['ice', 'irdma'],
  ['idpf', 'irdma'],
  ['ionic', 'ionic'],
  ['mana', 'mana'],
  ['mlx4_core', 'mlx4'],
  ['mlx5_core', 'mlx5'],
  ['qede', 'qedr'],
  ['vmw_pvrdma', 'vmw_pvrdma'],
]);

/** Judges whether the image has the user space library of each HCA. */
export function libraryFindings(providers: readonly string[] | null, granted: readonly PodHca[]): readonly Finding[] {
  if (providers === null)
    return [
      warning(
        'libraries',
        'This image has no libibverbs.',
        'If the program of the pod is not linked statically, install rdma-core (ibverbs-providers on Debian). ' +
          'To check the image of another container, copy this program into it.',
      ),
    ];
  const needed = new Set(granted.flatMap(({ driver }) => providerOfDriver.get(driver ?? '') ?? []));
  return [...needed].map((provider) =>
    providers.includes(provider)
      ? good('libraries', `The image has the provider library of ${provider}.`)
      : bad(
          'libraries',
          `The image has libibverbs, but not its provider ${provider}.`,
          'Install the providers of rdma-core: ibverbs-providers on Debian and Ubuntu, rdma-core on Fedora and RHEL.',
        ),
  );
}
