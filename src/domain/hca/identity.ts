// SPDX-License-Identifier: Apache-2.0
import type { Hca } from './hca.ts';

/**
 * Returns an identity for each HCA, by its name, that survives rename, restart and reboot: the PCI address, else the
 * node GUID, else (soft devices) the name. HCAs on one PCI function are identified by their GUIDs, or by their names.
 */
export function identitiesOf(hcas: readonly Hca[]): ReadonlyMap<string, string> {
  const owners = new Map<string, number>();
  for (const name of hcas.flatMap(stableNames)) owners.set(name, (owners.get(name) ?? 0) + 1);
  return new Map(hcas.map((hca) => [hca.name, stableNames(hca).find((name) => owners.get(name) === 1) ?? hca.name]));
}

const unsetGuid = /^[0:]*$/;

/** Names that do not depend on the order in which drivers load, the preferred one first. */
function stableNames({ pci, nodeGuid }: Hca): readonly string[] {
  const guid = nodeGuid === null || unsetGuid.test(nodeGuid) ? null : nodeGuid;
  if (pci === null) return guid === null ? [] : [guid];
  return guid === null ? [pci.address] : [pci.address, `${pci.address}_${guid}`];
}
