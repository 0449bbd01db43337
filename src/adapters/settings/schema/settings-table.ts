// SPDX-License-Identifier: Apache-2.0
import type * as v from 'valibot';
import { settingsSchema } from './settings-schema.ts';
import { metadataOf, shapeOf, typeText } from './shape.ts';

/** The keys of the settings as a Markdown table with key, type, default and meaning. Ends with a line break. */
export function settingsTable(): string {
  const head = ['| Key | Type | Default | Meaning |', '| --- | --- | --- | --- |'];
  return `${[...head, ...rowsOf(settingsSchema, '', new Set())].join('\n')}\n`;
}

/** `listed` are the list elements that have their rows already. */
function rowsOf(schema: v.GenericSchema, prefix: string, listed: Set<v.GenericSchema>): string[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'list') {
    if (listed.has(shape.item)) return [];
    listed.add(shape.item);
    return rowsOf(shape.item, `${prefix}[]`, listed);
  }
  if (shape.kind !== 'object') return [];
  return Object.entries(shape.keys).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [rowOf(path, value), ...rowsOf(value, path, listed)];
  });
}

function rowOf(path: string, schema: v.GenericSchema): string {
  const { description = '', upstream, default: fallback } = metadataOf(schema);
  const defaultText = fallback === undefined ? '' : `\`${JSON.stringify(fallback)}\``;
  const meaning = `${description}${upstream === false ? ' Not in upstream.' : ''}`.replaceAll('|', '\\|');
  return `| \`${path}\` | ${typeText(shapeOf(schema))} | ${defaultText} | ${meaning} |`;
}
