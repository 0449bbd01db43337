// SPDX-License-Identifier: Apache-2.0
import { getMetadata } from 'valibot';
import type * as v from 'valibot';
import { wantedType } from './misfit-words.ts';
import { settingsSchema } from './settings-schema.ts';
import { shapeOf, withoutOptional } from './settings-shape.ts';

/** Every key of the settings as a Markdown table: key, type, default, meaning. Ends with a line break. */
export function settingsTable(): string {
  const head = ['| Key | Type | Default | Meaning |', '| --- | --- | --- | --- |'];
  return `${[...head, ...rowsOf(settingsSchema, '')].join('\n')}\n`;
}

function rowsOf(schema: v.GenericSchema, prefix: string): string[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'list') return rowsOf(shape.item, `${prefix}[]`);
  if (shape.kind !== 'object') return [];
  return Object.entries(shape.keys).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [rowOf(path, value), ...rowsOf(value, path)];
  });
}

function rowOf(path: string, schema: v.GenericSchema): string {
  const metadata = getMetadata(withoutOptional(schema));
  const description = metadata['description'];
  const text = typeof description === 'string' ? description : '';
  const fallback = 'default' in metadata ? `\`${JSON.stringify(metadata['default'])}\`` : '';
  const meaning = text.replaceAll('|', '\\|');
  return `| \`${path}\` | ${wantedType(shapeOf(schema))} | ${fallback} | ${meaning} |`;
}
