// SPDX-License-Identifier: Apache-2.0
import Table from 'cli-table3';
import type { Hca, Inventory } from '#domain/hca/hca.ts';

interface Column {
  readonly title: string;
  readonly wide: boolean;
  readonly cell: (hca: Hca) => string;
}

const none = '-';

const columns: readonly Column[] = [
  { title: 'NAME', wide: false, cell: (hca) => hca.name },
  { title: 'PCI ADDRESS', wide: false, cell: (hca) => hca.pci?.address ?? none },
  { title: 'KIND', wide: true, cell: (hca) => hca.pci?.functionKind.toUpperCase() ?? none },
  { title: 'VENDOR', wide: false, cell: (hca) => hca.pci?.vendor ?? none },
  { title: 'DEVICE', wide: false, cell: (hca) => hca.pci?.deviceId ?? none },
  { title: 'DRIVER', wide: false, cell: (hca) => hca.driver ?? none },
  { title: 'RDMA DRIVER', wide: true, cell: (hca) => hca.rdmaDriver ?? none },
  { title: 'NUMA', wide: false, cell: (hca) => (hca.numaNode === null ? none : String(hca.numaNode)) },
  {
    title: 'PORTS',
    wide: false,
    cell: (hca) => listed(hca.ports.map((port) => `${port.number}:${port.state ?? '?'}`)),
  },
  { title: 'LINK LAYER', wide: false, cell: (hca) => listed(hca.ports.map((port) => port.linkLayer ?? '?')) },
  { title: 'RATE', wide: true, cell: (hca) => listed(hca.ports.map((port) => port.rate ?? '?')) },
  { title: 'NETDEVS', wide: false, cell: (hca) => listed(hca.netdevs.map((netdev) => netdev.name)) },
  {
    title: 'LINK TYPES',
    wide: true,
    cell: (hca) => listed([...new Set(hca.netdevs.map((netdev) => netdev.linkType))]),
  },
  { title: 'NODE GUID', wide: true, cell: (hca) => hca.nodeGuid ?? none },
  { title: 'FIRMWARE', wide: true, cell: (hca) => hca.firmware ?? none },
  {
    title: 'NODES',
    wide: false,
    cell: (hca) => listed(hca.deviceNodes.map((node) => node.path.replace('/dev/infiniband/', ''))),
  },
];

/** The border characters of cli-table3. All are empty: two spaces separate the columns, as in kubectl. */
const borders = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
];
const noBorders = { ...Object.fromEntries(borders.map((name) => [name, ''])), middle: '  ' };

/** Returns a table of the HCAs for a terminal, followed by the problems. */
export function inventoryTable(inventory: Inventory, wide: boolean): string {
  const shown = columns.filter((column) => wide || !column.wide);
  const table = new Table({ chars: noBorders, style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] } });
  table.push(shown.map((column) => column.title));
  for (const hca of inventory.hcas) table.push(shown.map((column) => column.cell(hca)));
  const rows = table
    .toString()
    .split('\n')
    .map((row) => row.trimEnd());
  return [...(inventory.hcas.length === 0 ? ['No RDMA HCAs found.'] : rows), ...notes(inventory), ''].join('\n');
}

function notes(inventory: Inventory): readonly string[] {
  const mode = inventory.netnsMode === null ? [] : ['', `RDMA network namespace mode: ${inventory.netnsMode}`];
  const problems = inventory.problems.flatMap((problem) => ['', problem.message, `  ${problem.remedy}`]);
  return [...mode, ...problems];
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? none : values.join(',');
}
