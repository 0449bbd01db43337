// SPDX-License-Identifier: Apache-2.0
import { getMetadata } from 'valibot';
import type * as v from 'valibot';
import { wantedType } from './misfit-words.ts';
import { settingsSchema } from './settings-schema.ts';
import { shapeOf, withoutOptional } from './settings-shape.ts';

/** Every key of the settings as a Markdown table: key, type, default, meaning. Ends with a line break. */
export function settingsTable(): string {
  const head = ['| Key | Type | Default | Meaning |', '| --- | --- | --- | --- |'];
  return `${[...head, ...rowsOf(settingsSchema, '', new Set())].join('\n')}\n`;
}

/** `listed` are the elements of lists that have their rows already. */
function rowsOf(schema: v.GenericSchema, prefix: string, listed: Set<v.GenericSchema>): string[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'list') return listed.has(shape.item) ? [] : rowsOf(shape.item, `${prefix}[]`, listed.add(shape.item));
  if (shape.kind !== 'object') return [];
  return Object.entries(shape.keys).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [rowOf(path, value), ...rowsOf(value, path, listed)];
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
