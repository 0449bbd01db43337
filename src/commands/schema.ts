// SPDX-License-Identifier: Apache-2.0

/** The generated schemas in docs, defined by scripts/build.mjs; undefined when the source runs unbundled. */
declare const SCHEMAS: Readonly<Record<string, object>> | undefined;

/** Returns the JSON Schema of the settings, or of the output of a command. */
export function schemaText(subject: string): string {
  const schema = typeof SCHEMAS === 'undefined' ? {} : SCHEMAS[subject];
  return `${JSON.stringify(schema, null, 2)}\n`;
}
