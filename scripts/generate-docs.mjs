// SPDX-License-Identifier: Apache-2.0
// The parts of the README that follow from the code: the table of the settings and the table of the flags.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { generateSettingsTable } from './generate-settings.mjs';

/**
 * The README with its generated parts made anew, without writing it.
 * @param {string} root the repository
 * @returns {Promise<Array<{path: string, content: string}>>} paths from the root
 */
export async function generateDocs(root) {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const withSettings = splice(readme, 'settings', await generateSettingsTable(root));
  return [{ path: 'README.md', content: splice(withSettings, 'flags', await flagsTable(root)) }];
}

/**
 * `text` with what stands between its two lines of `mark` replaced.
 * @param {string} text
 * @param {string} mark
 * @param {string} table ends with a line break
 */
export function splice(text, mark, table) {
  const [open, close] = [`<!-- ${mark} -->\n`, `<!-- /${mark} -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close);
  if (start === -1 || end < start) throw new Error(`a page needs the lines ${open.trim()} and ${close}, in this order.`);
  return `${text.slice(0, start + open.length)}\n${table}\n${text.slice(end)}`;
}

/** @param {string} root */
async function flagsTable(root) {
  const { flags, variableOf } = await loadOptions(root);
  const rows = flags.map((flag) =>
    [`\`--${flag.name}\``, `\`${variableOf(flag.name)}\``, valuesOf(flag), flag.fallback === null ? '' : `\`${flag.fallback}\``, flag.meaning].join(' | '),
  );
  const head = ['Flag | Variable | Value | Default | Meaning', '--- | --- | --- | --- | ---'];
  return [...head, ...rows].map((row) => `| ${row} |\n`).join('');
}

/** @param {{ kind: string | readonly string[], placeholder: string }} flag */
function valuesOf({ kind, placeholder }) {
  if (typeof kind !== 'string') return kind.map((word) => `\`${word}\``).join(', ');
  return kind === 'boolean' ? '`true`, `false`' : placeholder;
}

/**
 * @param {string} root
 * @returns {Promise<typeof import('../src/adapters/cli/program-options.ts')>}
 */
async function loadOptions(root) {
  const entryPoints = [join(root, 'src/adapters/cli/program-options.ts')];
  const { outputFiles } = await build({ entryPoints, bundle: true, format: 'esm', platform: 'node', write: false, logLevel: 'error' });
  return await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
