// SPDX-License-Identifier: Apache-2.0
import type { OutputFormat } from '#adapters/cli/command.ts';
import { inventoryJson } from '#adapters/cli/inventory-json.ts';
import { inventoryTable } from '#adapters/cli/inventory-table.ts';
import { printYaml } from '#adapters/settings/document/print-yaml.ts';
import type { Inventory } from '#domain/hca/hca.ts';

/** Formats the inventory for `discover -o`. A bundle of its own: the daemon needs neither tables nor YAML output. */
export async function formatInventory(inventory: Inventory, format: OutputFormat): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(inventoryJson(inventory), null, 2)}\n`;
    case 'yaml':
      return await printYaml(inventoryJson(inventory));
    case 'table':
    case 'wide':
      return inventoryTable(inventory, format === 'wide');
  }
}
