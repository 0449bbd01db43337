// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { build } from 'esbuild';

/**
 * Returns the files that are generated from the schema of the settings. Does not write them.
 * @param {string} root the repository
 * @returns {Promise<Array<{path: string, content: string}>>} paths from the root
 */
export async function generateSettings(root) {
  const { settingsSchema } = await loadBundled(root, 'src/adapters/settings/schema/settings-schema.ts');
  const { outputSchemas } = await loadBundled(root, 'src/adapters/cli/output-schemas.ts');
  return [
    file('docs/settings.schema.json', jsonSchema(settingsSchema, 'Settings of rdma-shared-dp')),
    ...Object.entries(outputSchemas).map(([command, schema]) =>
      file(
        `docs/output/${command}.schema.json`,
        extensible(jsonSchema(schema, `Output of rdma-shared-dp ${command} -o json`)),
      ),
    ),
  ];
}

/**
 * Returns the settings as a Markdown table.
 * @param {string} root the repository
 * @returns {Promise<string>}
 */
export async function generateSettingsTable(root) {
  const { settingsTable } = await loadBundled(root, 'src/adapters/settings/schema/settings-table.ts');
  return settingsTable();
}

/**
 * Takes ranges from the metadata, because the actions have bounds even for keys without a documented range.
 * @type {import('@valibot/to-json-schema').ConversionConfig}
 */
const conversion = {
  target: 'draft-07',
  ignoreActions: ['safe_integer', 'min_value', 'max_value'],
  overrideSchema: ({ valibotSchema }) => (valibotSchema.type === 'lazy' ? oneOrMore(valibotSchema) : undefined),
};

/**
 * Later versions add keys to what they print, so readers must accept keys that they do not know.
 * @param {any} schema
 */
function extensible(schema) {
  return JSON.parse(
    JSON.stringify(schema, (key, value) => (key === 'additionalProperties' && value === false ? undefined : value)),
  );
}

/** @param {string} path @param {object} schema */
function file(path, schema) {
  return { path, content: `${JSON.stringify(schema, null, 2)}\n` };
}

/**
 * @param {import('valibot').GenericSchema} schema
 * @param {string} title
 */
function jsonSchema(schema, title) {
  const $schema = 'http://json-schema.org/draft-07/schema#';
  return plain({ $schema, title, ...convert(schema) });
}

/** @param {import('valibot').GenericSchema} schema */
function convert(schema) {
  const { $schema: _, ...rest } = toJsonSchema(schema, conversion);
  return rest;
}

/**
 * Returns the schema of a value, or of a list of such values.
 * @param {any} schema
 */
function oneOrMore({ getter, pipe = [] }) {
  const anyOf = [[], {}].map((input) => convert(getter(input)));
  return Object.assign({ anyOf }, ...pipe.map(({ metadata }) => metadata));
}

/**
 * Removes our own metadata, and `required: []`, which has no effect but is invalid in draft 4.
 * @param {any} value
 * @returns {any}
 */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) =>
      !['upstream', 'remedy', 'unit', 'clearedByNull', 'common'].includes(key) &&
      (key !== 'required' || inner?.length > 0),
  );
  const described = value.upstream === false ? { description: `${value.description} Not in upstream.` } : {};
  return { ...Object.fromEntries(kept.map(([key, inner]) => [key, plain(inner)])), ...described };
}

/**
 * Returns the exports of a TypeScript file of this repository.
 * @param {string} root the repository
 * @param {string} entry path from the root
 * @returns {Promise<Record<string, any>>}
 */
export async function loadBundled(root, entry) {
  const folder = await mkdtemp(join(tmpdir(), 'settings-'));
  try {
    const outfile = join(folder, 'bundle.mjs');
    await build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile,
      logLevel: 'error',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
