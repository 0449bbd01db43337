// SPDX-License-Identifier: Apache-2.0
import { inventoryFace } from '#adapters/cli/inventory-json.ts';
import { inventoryTable } from '#adapters/cli/inventory-table.ts';
import type { OutputFormat } from '#adapters/cli/program-options.ts';
import { printYaml } from '#adapters/settings/document/print-yaml.ts';
import type { Inventory } from '#domain/hca/hca.ts';

/** The inventory in one of the forms of `discover -o`. Loaded only then: tables and YAML are no part of the daemon. */
export async function showInventory(inventory: Inventory, format: OutputFormat): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(inventoryFace(inventory), null, 2)}\n`;
    case 'yaml':
      return await printYaml(inventoryFace(inventory));
    case 'table':
    case 'wide':
      return inventoryTable(inventory, format === 'wide');
  }
}
