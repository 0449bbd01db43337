// SPDX-License-Identifier: Apache-2.0
import type { Hca, Inventory, Port } from '#domain/hca/hca.ts';
import { escapeControls } from '#domain/text/printable.ts';
import { aligned } from './table.ts';
import { describeIdleFunction, idleFunctionRemedy, isLikelyHca } from '#domain/hca/idle-function.ts';

interface Column {
  readonly title: string;
  /** Only in the wide table. */
  readonly wide?: true;
  /** Left out if it is empty for all HCAs. */
  readonly optional?: true;
  readonly cell: (hca: Hca) => string | null | undefined;
}

const columns: readonly Column[] = [
  { title: 'NAME', cell: (hca) => hca.name },
  { title: 'PCI ADDRESS', cell: (hca) => hca.pci?.address },
  { title: 'KIND', wide: true, cell: (hca) => hca.pci?.functionKind.toUpperCase() },
  { title: 'VENDOR', cell: (hca) => hca.pci?.vendor },
  { title: 'DEVICE', cell: (hca) => hca.pci?.deviceId },
  { title: 'DRIVER', cell: (hca) => hca.driver },
  { title: 'RDMA DRIVER', wide: true, cell: (hca) => hca.rdmaDriver },
  { title: 'NUMA', cell: (hca) => hca.numaNode?.toString() },
  { title: 'PORTS', cell: (hca) => byPort(hca, ({ state }) => state) },
  { title: 'LINK LAYER', cell: (hca) => sameOrByPort(hca, ({ linkLayer }) => linkLayer) },
  { title: 'RATE', wide: true, cell: (hca) => sameOrByPort(hca, ({ rate }) => rate) },
  { title: 'NETDEVS', cell: (hca) => listed(hca.netdevs.map((netdev) => netdev.name)) },
  {
    title: 'LINK TYPES',
    wide: true,
    cell: (hca) => listed([...new Set(hca.netdevs.map((netdev) => netdev.linkType))]),
  },
  { title: 'NODE GUID', wide: true, cell: (hca) => hca.nodeGuid },
  { title: 'FIRMWARE', wide: true, cell: (hca) => hca.firmware },
  { title: 'DISCOVERY', wide: true, optional: true, cell: (hca) => hca.discovery },
  { title: 'NODES', cell: (hca) => listed(hca.deviceNodes.map((node) => node.path.replace('/dev/infiniband/', ''))) },
];

/** Returns a table of the HCAs for a terminal, followed by the problems. */
export function inventoryTable(inventory: Inventory, wide: boolean, headers = true): string {
  const isUsed = ({ cell }: Column): boolean => inventory.hcas.some((hca) => (cell(hca) ?? null) !== null);
  const shown = columns.filter(
    (column) => (wide || column.wide !== true) && (column.optional !== true || isUsed(column)),
  );
  const rows = inventory.hcas.map((hca) => shown.map(({ cell }) => escapeControls(cell(hca) ?? '-')));
  const table =
    rows.length === 0
      ? ['No RDMA HCAs found.']
      : aligned([...(headers ? [shown.map(({ title }) => title)] : []), ...rows]);
  return [...table, ...notes(inventory).map(escapeControls), ''].join('\n');
}

function notes(inventory: Inventory): readonly string[] {
  const mode = inventory.netnsMode === null ? [] : ['', `RDMA network namespace mode: ${inventory.netnsMode}`];
  const problems = inventory.problems.flatMap((problem) => ['', problem.message, `  ${problem.remedy}`]);
  return [...mode, ...managementNote(inventory.hcas), ...idleNotes(inventory), ...problems];
}

function managementNote(hcas: readonly Hca[]): readonly string[] {
  const names = hcas.filter(({ managementOnly }) => managementOnly).map(({ name }) => name);
  return names.length === 0 ? [] : ['', `For fabric management only, without uverbs by design: ${names.join(', ')}`];
}

/** Functions without a driver may be network cards without RDMA, so only those that look like HCAs are noted. */
function idleNotes({ idleFunctions = [], hcas }: Inventory): readonly string[] {
  const likely = idleFunctions.filter((idle) => isLikelyHca(idle, hcas));
  return likely.flatMap((idle) => ['', `${describeIdleFunction(idle)}.`, `  ${idleFunctionRemedy(idle)}`]);
}

/** Returns the value alone if all ports have the same, else the values by port. */
function sameOrByPort(hca: Hca, valueOf: (port: Port) => string | null): string | null {
  const values = new Set(hca.ports.map((port) => valueOf(port) ?? '?'));
  return values.size > 1 ? byPort(hca, valueOf) : listed([...values]);
}

/** Returns the values of the ports. Neighbors with the same value share an entry: `1-2:DOWN,3:ACTIVE`. */
function byPort({ ports }: Hca, valueOf: (port: Port) => string | null): string | null {
  const runs: { readonly first: number; last: number; readonly value: string }[] = [];
  for (const port of ports) {
    const value = valueOf(port) ?? '?';
    const run = runs.at(-1);
    if (run?.value === value && run.last === port.number - 1) run.last = port.number;
    else runs.push({ first: port.number, last: port.number, value });
  }
  return listed(runs.map(({ first, last, value }) => `${first === last ? first : `${first}-${last}`}:${value}`));
}

function listed(values: readonly string[]): string | null {
  return values.length === 0 ? null : values.join(',');
}
