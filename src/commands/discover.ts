// SPDX-License-Identifier: Apache-2.0
import type { Output } from '#adapters/cli/command.ts';
import { inventoryTable } from '#adapters/cli/text/inventory.ts';
import { absentKindProblem, lacksKind, optionalKinds } from '#domain/hca/device-node-kinds.ts';
import type { Hca, IdleFunction, Inventory } from '#domain/hca/hca.ts';
import { escapeControls } from '#domain/text/printable.ts';
import { printData } from './print/data.ts';

/** Formats the inventory for `discover -o`. A bundle of its own: the daemon needs neither tables nor YAML output. */
export async function formatInventory(scanned: Inventory, { format, headers }: Output): Promise<string> {
  const hints = optionalKinds.filter((kind) => lacksKind(scanned.hcas, kind)).map((kind) => absentKindProblem(kind));
  const inventory = { ...scanned, problems: [...scanned.problems, ...hints] };
  const { hcas, netnsMode, idleFunctions = [], problems } = inventory;
  const printed = {
    hcas: hcas.map(printedHca),
    netnsMode,
    idleFunctions: idleFunctions.map(printedIdleFunction),
    problems,
  };
  switch (format) {
    case 'json':
    case 'yaml':
      return await printData(printed, format);
    case 'name':
      return hcas.map(({ name }) => `${escapeControls(name)}\n`).join('');
    case 'table':
    case 'wide':
      return inventoryTable(inventory, format === 'wide', headers);
  }
}

/**
 * Returns what JSON and YAML show of an HCA: a stable interface, documented in docs/discover.md. Within a major
 * version, keys are added but never changed or removed.
 */
function printedHca(hca: Hca): object {
  const { name, pci, subfunction, managementOnly, driver, rdmaDriver, numaNode, nodeGuid, ports, deviceNodes } = hca;
  return {
    name,
    pciAddress: pci?.address ?? null,
    vendor: pci?.vendor ?? null,
    deviceId: pci?.deviceId ?? null,
    driver,
    rdmaDriver,
    functionKind: pci?.functionKind ?? null,
    subfunction,
    managementOnly,
    numaNode,
    nodeGuid,
    ports: ports.map(({ number, state, linkLayer, netdevs }) => ({ number, state, linkLayer, netdevs })),
    deviceNodes: deviceNodes.map(({ kind, path }) => ({ kind, path })),
    discovery: hca.discovery ?? null,
  };
}

function printedIdleFunction({ pci, cause, driver, rdmaModule, numaNode, netdevs }: IdleFunction): object {
  const { address, vendor, deviceId } = pci;
  return { pciAddress: address, vendor, deviceId, cause, driver, rdmaModule, numaNode, netdevs };
}
