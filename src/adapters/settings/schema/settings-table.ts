// SPDX-License-Identifier: Apache-2.0
import type * as v from 'valibot';
import { settingsSchema } from './settings-schema.ts';
import { metadataOf, shapeOf } from './shape.ts';
import { wantedType } from './wanted-words.ts';

/** Which keys a table has: all, or those that upstream has as well. */
export type Extent = 'all' | 'upstream';

/** The keys of the settings as a Markdown table with key, type, default and meaning. Ends with a line break. */
export function settingsTable(extent: Extent = 'all'): string {
  const head = ['| Key | Type | Default | Meaning |', '| --- | --- | --- | --- |'];
  return `${[...head, ...rowsOf(settingsSchema, '', { extent, listed: new Set() })].join('\n')}\n`;
}

/** `listed` are the list elements that have their rows already. */
interface Table {
  readonly extent: Extent;
  readonly listed: Set<v.GenericSchema>;
}

function rowsOf(schema: v.GenericSchema, prefix: string, table: Table): string[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'list') return listRows(shape.item, prefix, table);
  if (shape.kind !== 'object') return [];
  return Object.entries(shape.keys).flatMap(([key, value]) => {
    if (table.extent === 'upstream' && metadataOf(value).upstream === false) return [];
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [rowOf(path, value), ...rowsOf(value, path, table)];
  });
}

function listRows(item: v.GenericSchema, prefix: string, table: Table): string[] {
  if (table.listed.has(item)) return [];
  table.listed.add(item);
  return rowsOf(item, `${prefix}[]`, table);
}

function rowOf(path: string, schema: v.GenericSchema): string {
  const { description = '', upstream, default: fallback } = metadataOf(schema);
  const defaultText = fallback === undefined ? '' : `\`${JSON.stringify(fallback)}\``;
  const meaning = `${description}${upstream === false ? ' Not in upstream.' : ''}`.replaceAll('|', '\\|');
  return `| \`${path}\` | ${wantedType(shapeOf(schema))} | ${defaultText} | ${meaning} |`;
}
