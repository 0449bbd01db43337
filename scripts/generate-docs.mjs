// SPDX-License-Identifier: Apache-2.0
// The parts of the documentation that follow from the code: the tables of the settings, of the flags, of the metrics
// and of the problem codes, and the files of each folder.
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { generateSettingsTable } from './generate-settings.mjs';

/**
 * Returns the documents with up-to-date generated parts. Does not write them.
 * @param {string} root the repository
 * @returns {Promise<Array<{path: string, content: string}>>} paths from the root
 */
export async function generateDocs(root) {
  const [settings, flags] = await Promise.all([generateSettingsTable(root), flagsTable(root)]);
  return [
    await withTables(root, 'docs/configuration.md', { settings }),
    await withTables(root, 'docs/command-line.md', { commands: await commandsTable(root), flags }),
    await withTables(root, 'docs/metrics.md', { metrics: await metricsTable(root) }),
    await withTables(root, 'docs/troubleshooting.md', { codes: await codesTable(root) }),
    await architecture(root),
    { path: 'docs/rdma-shared-dp.1', content: await manualPage(root) },
  ];
}

/**
 * @param {string} root
 * @param {string} path
 * @param {Record<string, string>} tables by the mark around each
 */
async function withTables(root, path, tables) {
  let content = await readFile(join(root, path), 'utf8');
  for (const [mark, table] of Object.entries(tables)) content = splice(content, mark, table);
  return { path, content };
}

/**
 * Returns the text with `table` between its two lines of `mark`.
 * @param {string} text
 * @param {string} mark
 * @param {string} table ends with a line break
 */
export function splice(text, mark, table) {
  const [open, close] = [`<!-- ${mark} -->\n`, `<!-- /${mark} -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close);
  if (start === -1 || end < start)
    throw new Error(`a page needs the lines ${open.trim()} and ${close}, in this order.`);
  return `${text.slice(0, start + open.length)}\n${table}\n${text.slice(end)}`;
}

/** @param {string} root */
async function commandsTable(root) {
  /** @type {typeof import('../src/adapters/cli/commands.ts')} */
  const { commandNames, declarationOf } = await load(root, 'src/adapters/cli/commands.ts');
  const rows = commandNames.map((name) => {
    const { summary, usage } = declarationOf(name);
    const words = [name, usage].filter((word) => word !== '').join(' ');
    const page = existsSync(join(root, `docs/${name}.md`)) ? `: see [\`${name}\`](${name}.md)` : '';
    return `\`${words.replaceAll('|', '\\|')}\` | ${summary}${page}`;
  });
  return ['Command | What it does', '--- | ---', ...rows].map((row) => `| ${row} |\n`).join('');
}

/** @param {string} root */
async function flagsTable(root) {
  /** @type {typeof import('../src/adapters/cli/flags.ts')} */
  const { flags, variableOf } = await load(root, 'src/adapters/cli/flags.ts');
  const rows = Object.entries(flags).map(([name, flag]) =>
    [
      `\`--${name}\``,
      `\`${variableOf(name)}\``,
      valuesOf(flag),
      flag.fallback === undefined ? (flag.otherwise ?? '') : `\`${flag.fallback}\``,
      flag.meaning,
    ].join(' | '),
  );
  const head = ['Flag | Variable | Value | Default | Meaning', '--- | --- | --- | --- | ---'];
  return [...head, ...rows].map((row) => `| ${row} |\n`).join('');
}

/** @param {import('../src/adapters/cli/flags.ts').Flag} flag */
function valuesOf({ kind, placeholder, choices }) {
  if (choices !== undefined) return choices.map((word) => `\`${word}\``).join(', ');
  return kind === 'boolean' ? '`true`, `false`' : placeholder;
}

/** @param {string} root */
async function manualPage(root) {
  /** @type {typeof import('../src/adapters/cli/man-page.ts')} */
  const { manPage } = await load(root, 'src/adapters/cli/man-page.ts');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return manPage(version);
}

/** @param {string} root */
async function metricsTable(root) {
  /** @type {typeof import('../src/adapters/http/metrics/definitions.ts')} */
  const { metricDefinitions } = await load(root, 'src/adapters/http/metrics/definitions.ts');
  const rows = Object.values(metricDefinitions).map(({ name, kind, labels, help }) =>
    [`\`${name}\``, kind, labels.map((label) => `\`${label}\``).join(', '), help].join(' | '),
  );
  return ['Metric | Kind | Labels | Meaning', '--- | --- | --- | ---', ...rows].map((row) => `| ${row} |\n`).join('');
}

/** @param {string} root */
async function codesTable(root) {
  /** @type {typeof import('../src/domain/problem/catalogue.ts')} */
  const { problemCatalogue } = await load(root, 'src/domain/problem/catalogue.ts');
  const codes = Object.values(problemCatalogue).flatMap((meanings) => Object.entries(meanings));
  codes.sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = codes.map(([code, meaning]) => `\`${code}\` | ${meaning}`);
  return ['Code | What it means', '--- | ---', ...rows].map((row) => `| ${row} |\n`).join('');
}

/**
 * Lists the files of each folder of src in the table of docs/architecture.md, whose sentences are written by hand.
 * @param {string} root
 */
async function architecture(root) {
  const path = 'docs/architecture.md';
  const page = await readFile(join(root, path), 'utf8');
  const content = page.replace(/^\| `([\w/-]+)` \| (.*?) \|(?: .* \|)?$/gm, (row, folder, sentence) => {
    const files = existsSync(join(root, 'src', folder)) ? readdirSync(join(root, 'src', folder)) : [];
    const names = files.filter((name) => name.endsWith('.ts')).map((name) => name.slice(0, -3));
    return names.length === 0 ? row : `| \`${folder}\` | ${sentence} | ${names.toSorted().join(', ')} |`;
  });
  return { path, content };
}

/**
 * Returns the exports of a source file.
 * @param {string} root
 * @param {string} path
 */
async function load(root, path) {
  const entryPoints = [join(root, path)];
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'error',
  });
  return await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
