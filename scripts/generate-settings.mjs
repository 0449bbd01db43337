// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { build } from 'esbuild';

/**
 * What is generated from the schema of the settings, without writing it.
 * @param {string} root the repository
 * @returns {Promise<Array<{path: string, content: string}>>} paths from the root
 */
export async function generateSettings(root) {
  const { settingsSchema } = await loadBundled(root, 'src/adapters/settings/schema/settings-schema.ts');
  return [{ path: 'docs/settings.schema.json', content: `${JSON.stringify(jsonSchema(settingsSchema), null, 2)}\n` }];
}

/**
 * The Markdown table of the settings.
 * @param {string} root the repository
 * @returns {Promise<string>}
 */
export async function generateSettingsTable(root) {
  const { settingsTable } = await loadBundled(root, 'src/adapters/settings/schema/settings-table.ts');
  return settingsTable();
}

/** @param {import('valibot').GenericSchema} schema */
function jsonSchema(schema) {
  const { $schema, ...rest } = toJsonSchema(schema, { target: 'draft-07' });
  return withoutEmptyRequired({ $schema, title: 'Settings of rdma-shared-dp', ...rest });
}

/**
 * `required: []` says nothing, and draft 4 readers refuse it.
 * @param {unknown} value
 * @returns {unknown}
 */
function withoutEmptyRequired(value) {
  if (Array.isArray(value)) return value.map(withoutEmptyRequired);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) => key !== 'required' || !Array.isArray(inner) || inner.length > 0,
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutEmptyRequired(inner)]));
}

/**
 * The exports of a TypeScript file of this repository.
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
