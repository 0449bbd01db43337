// SPDX-License-Identifier: Apache-2.0
import type { Hca, IdleFunction } from './hca.ts';

/** Vendors whose network functions all have RDMA: Mellanox, QLogic InfiniPath and Cornelis (pci.ids). */
const rdmaVendors: ReadonlySet<string | null> = new Set(['15b3', '1fc1', '434e']);

/**
 * Whether the function is that of an HCA, as far as the host alone shows. The drivers of other network functions leave
 * no trace of RDMA, but a function without a driver may be that of any network card.
 */
export function isLikelyHca({ cause, pci }: IdleFunction, hcas: readonly Hca[]): boolean {
  if (cause !== 'no-driver' || rdmaVendors.has(pci.vendor)) return true;
  return hcas.some((hca) => hca.pci?.vendor === pci.vendor && hca.pci?.deviceId === pci.deviceId);
}

/** Describes what is missing, as a main clause without a full stop. */
export function describeIdleFunction({ cause, pci, driver, rdmaModule }: IdleFunction): string {
  const { address, vendor, deviceId } = pci;
  const ids = `${vendor ?? '?'}:${deviceId ?? '?'}`;
  if (cause === 'no-driver')
    return `PCI function ${address} (${ids}) has no driver bound, and therefore no RDMA device`;
  const module = rdmaModule ?? 'its RDMA module';
  const why = cause === 'module-not-loaded' ? `: ${module} is not loaded for it` : `, although ${module} is loaded`;
  return `PCI function ${address} (${ids}, driver ${driver}) has no RDMA device${why}`;
}

/** Returns how the function gets an RDMA device, as a complete sentence. */
export function idleFunctionRemedy({ cause, pci, rdmaModule }: IdleFunction): string {
  if (cause === 'module-not-loaded')
    return rdmaModule === null
      ? 'Load the RDMA module of its driver on the host.'
      : `Load the module on the host: modprobe ${rdmaModule}.`;
  const unwanted = cause === 'no-driver' ? ' No action is needed if it is left unbound on purpose.' : '';
  return `Search dmesg for errors of ${pci.address}.${unwanted}`;
}
