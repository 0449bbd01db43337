// SPDX-License-Identifier: Apache-2.0
import { getMetadata } from 'valibot';
import type * as v from 'valibot';
import { wantedType } from './misfit-words.ts';
import { settingsSchema } from './settings-schema.ts';
import { shapeOf, withoutOptional } from './shape.ts';

/** Which keys a table has: each, or those that upstream has as well. */
export type Extent = 'all' | 'upstream';

/** The keys of the settings as a Markdown table: key, type, default, meaning. Ends with a line break. */
export function settingsTable(extent: Extent = 'all'): string {
  const head = ['| Key | Type | Default | Meaning |', '| --- | --- | --- | --- |'];
  return `${[...head, ...rowsOf(settingsSchema, '', { extent, listed: new Set() })].join('\n')}\n`;
}

/** `listed` are the elements of lists that have their rows already. */
interface Table {
  readonly extent: Extent;
  readonly listed: Set<v.GenericSchema>;
}

function rowsOf(schema: v.GenericSchema, prefix: string, table: Table): string[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'list') return listRows(shape.item, prefix, table);
  if (shape.kind !== 'object') return [];
  return Object.entries(shape.keys).flatMap(([key, value]) => {
    if (table.extent === 'upstream' && !isInUpstream(value)) return [];
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [rowOf(path, value), ...rowsOf(value, path, table)];
  });
}

function listRows(item: v.GenericSchema, prefix: string, table: Table): string[] {
  if (table.listed.has(item)) return [];
  table.listed.add(item);
  return rowsOf(item, `${prefix}[]`, table);
}

function isInUpstream(schema: v.GenericSchema): boolean {
  return !descriptionOf(schema).endsWith('Not in upstream.');
}

function descriptionOf(schema: v.GenericSchema): string {
  const description = getMetadata(withoutOptional(schema))['description'];
  return typeof description === 'string' ? description : '';
}

function rowOf(path: string, schema: v.GenericSchema): string {
  const metadata = getMetadata(withoutOptional(schema));
  const fallback = 'default' in metadata ? `\`${JSON.stringify(metadata['default'])}\`` : '';
  const meaning = descriptionOf(schema).replaceAll('|', '\\|');
  return `| \`${path}\` | ${wantedType(shapeOf(schema))} | ${fallback} | ${meaning} |`;
}
