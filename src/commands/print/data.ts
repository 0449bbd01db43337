// SPDX-License-Identifier: Apache-2.0
import { printYaml } from '#adapters/settings/document/print-yaml.ts';

/** Returns a value for `-o json` or `-o yaml`. */
export async function printData(value: object, format: 'json' | 'yaml'): Promise<string> {
  return format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : await printYaml(value);
}
