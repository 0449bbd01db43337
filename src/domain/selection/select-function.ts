// SPDX-License-Identifier: Apache-2.0
import type { Hca, IdleFunction, Port } from '../hca/hca.ts';
import { isLikelyHca } from '../hca/idle-function.ts';
import type { ResourceSettings, Selector } from '../settings/settings.ts';
import { applySelectors } from './apply-selectors.ts';

/**
 * Whether a resource would select the HCA that a PCI function without an RDMA device should be. A function is not
 * selected by what it lacks: the names of RDMA devices, and without a driver those of network interfaces. One without
 * a driver that may be any network card is selected only by its address or device ID.
 */
export function selectsFunction(
  { selectors, exclude }: Pick<ResourceSettings, 'selectors' | 'exclude'>,
  idle: IdleFunction,
  hcas: readonly Hca[],
): boolean {
  const expected = expectedHca(idle);
  const isLikely = isLikelyHca(idle, hcas);
  return selectors.some(
    (selector) =>
      (isLikely || namesFunction(selector)) && applySelectors(expected, { selectors: [selector], exclude }) === null,
  );
}

function namesFunction({ deviceIDs, pciAddresses }: Selector): boolean {
  return deviceIDs.length > 0 || pciAddresses.length > 0;
}

/** What the HCA of the function would look like, as far as the function shows it. */
function expectedHca({ pci, driver, rdmaModule, numaNode, netdevs }: IdleFunction): Hca {
  const linkLayer = linkLayers.find(([start]) => pci.classCode?.startsWith(start) === true)?.[1] ?? null;
  return {
    name: '',
    nodeType: null,
    nodeGuid: null,
    firmware: null,
    board: null,
    pci,
    subfunction: null,
    managementOnly: false,
    driver,
    rdmaDriver: rdmaModule,
    numaNode,
    ports: [{ ...barePort, linkLayer }],
    netdevs: netdevs.map((name) => ({ name, linkType: linkLayer === 'InfiniBand' ? 'infiniband' : 'ether', up: null })),
    deviceNodes: [],
  };
}

const barePort: Port = { number: 1, state: null, physState: null, linkLayer: null, rate: null, netdevs: [] };

/** Ethernet and InfiniBand controllers (PCI Code and ID Assignment Specification, 1.3). Other classes show nothing. */
const linkLayers = [
  ['0200', 'Ethernet'],
  ['0207', 'InfiniBand'],
] as const;
