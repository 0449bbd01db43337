// SPDX-License-Identifier: Apache-2.0

/** The content of docs/settings.schema.json, defined by scripts/build.mjs; undefined when the source runs unbundled. */
declare const SETTINGS_SCHEMA: object | undefined;

/** Returns the JSON Schema of the settings. */
export function settingsSchemaText(): string {
  const schema = typeof SETTINGS_SCHEMA === 'undefined' ? {} : SETTINGS_SCHEMA;
  return `${JSON.stringify(schema, null, 2)}\n`;
}
