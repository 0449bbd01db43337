// SPDX-License-Identifier: Apache-2.0
// Builds dist/: the program rdma-shared-dp.js, its bundles with their code caches, and in api/ the modules that others
// import.
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { warmUp } from './warm-up.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
/** The JSON Schemas that the command `schema` prints, by its argument. */
const schemas = Object.fromEntries([
  ['settings', readSchema('docs/settings.schema.json')],
  ...readdirSync(join(root, 'docs/output')).map((file) => [file.split('.')[0], readSchema(`docs/output/${file}`)]),
]);

function readSchema(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

/**
 * Returns the output of git, or an empty string. A build without git, as in an image, uses BUILD_COMMIT and BUILD_DATE.
 */
function git(...words) {
  try {
    return execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

function origin() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const commit = process.env.BUILD_COMMIT || git('rev-parse', '--short=12', 'HEAD') || 'none';
  const date = process.env.BUILD_DATE || git('log', '-1', '--format=%cI') || 'unknown';
  return { version, commit, date };
}

/**
 * The bundles that `import()` loads when they are needed. The daemon does not need them at startup, when the whole
 * first bundle is read and the builtin modules that it requires are loaded.
 */
const lazyBundles = [
  { name: 'demo.cjs', entry: 'src/demo/command.ts' },
  { name: 'discover.cjs', entry: 'src/commands/discover.ts' },
  { name: 'capture.cjs', entry: 'src/commands/capture.ts' },
  { name: 'check.cjs', entry: 'src/commands/check.ts' },
  { name: 'completion.cjs', entry: 'src/commands/completion.ts' },
  { name: 'convert.cjs', entry: 'src/commands/convert.ts' },
  { name: 'doctor.cjs', entry: 'src/commands/doctor.ts' },
  { name: 'explain.cjs', entry: 'src/commands/explain.ts' },
  { name: 'init.cjs', entry: 'src/commands/init.ts' },
  { name: 'captured-host.cjs', entry: 'src/commands/files/capture.ts' },
  { name: 'schema.cjs', entry: 'src/commands/schema.ts' },
  { name: 'status.cjs', entry: 'src/commands/status.ts' },
  { name: 'validate.cjs', entry: 'src/commands/validate.ts' },
  { name: 'discovery-modules.cjs', entry: 'src/adapters/discovery/module/with-modules.ts' },
  { name: 'kubernetes.cjs', entry: 'src/adapters/kubernetes/adapters.ts' },
  { name: 'http.cjs', entry: 'src/adapters/http/faces.ts' },
  { name: 'yaml.cjs', entry: 'node_modules/yaml/dist/index.js', specifier: 'yaml' },
];

/** Keeps the lazy bundles out of the bundle that imports them. */
const importLazyBundles = {
  name: 'import-lazy-bundles',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = path.startsWith('.') ? relative(root, join(resolveDir, path)) : path.replace(/^#(src\/)?/, 'src/');
      const lazyBundle = lazyBundles.find(({ entry, specifier }) => file === entry || path === specifier);
      return lazyBundle === undefined ? undefined : { path: `./${lazyBundle.name}`, external: true };
    });
  },
};

/** Bundles an entry point into a file. `plugins` are further plugins of esbuild. */
export async function bundle(entry, outfile, plugins = []) {
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    // The bundle runs as a vm.Script, where only `require` can load modules.
    supported: { 'dynamic-import': false },
    plugins: [importLazyBundles, ...plugins],
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { BUILD: JSON.stringify(origin()), SCHEMAS: JSON.stringify(schemas) },
  });
}

/**
 * Builds the ES modules that others import, with their types. They share a chunk, so that each class exists only once.
 */
async function buildApi() {
  const api = join(dist, 'api');
  mkdirSync(api);
  writeFileSync(join(api, 'package.json'), `${JSON.stringify(apiManifest(), null, 2)}\n`);
  const bundled = build({
    entryPoints: { discovery: join(root, 'src/api/discovery.ts'), testing: join(root, 'src/api/testing.ts') },
    outdir: api,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    legalComments: 'none',
    logLevel: 'warning',
  });
  await Promise.all([bundled, emitTypes(join(api, 'types'))]);
}

/** What others install has no dependencies: everything is in the bundles. */
function apiManifest() {
  const { name, version, license, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const entry = (module) => ({ types: `./types/api/${module}.d.ts`, default: `./${module}.js` });
  return {
    name,
    version,
    description: 'The types and the contract suite of discovery adapters for rdma-shared-device-plugin',
    license,
    type: 'module',
    engines,
    exports: { './discovery': entry('discovery'), './testing': entry('testing'), './package.json': './package.json' },
  };
}

/**
 * Writes the types. Replaces the aliases of our package.json by relative paths, because other packages do not have
 * them.
 */
async function emitTypes(target) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(root, 'scripts/api.tsconfig.json');
  await promisify(execFile)(process.execPath, [compiler, '-p', project, '--outDir', target], { cwd: root });
  for (const name of readdirSync(target, { recursive: true }).filter((file) => file.endsWith('.d.ts'))) {
    const file = join(target, name);
    const up = relative(dirname(file), target) || '.';
    const text = readFileSync(file, 'utf8');
    const plain = text
      .replaceAll(/(['"])#(?:src\/)?([^'"]+)\.ts\1/g, `'${up}/$2.js'`)
      .replaceAll(/(from ['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2');
    writeFileSync(file, plain.replaceAll("'./../", "'../"));
  }
}

export async function buildProgram() {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  await Promise.all([
    buildApi(),
    bundle('src/main.ts', join(dist, 'bundle.cjs')),
    ...lazyBundles.map(({ name, entry }) => bundle(entry, join(dist, name))),
  ]);
  copyFileSync(join(root, 'scripts/loader.cjs'), join(dist, 'rdma-shared-dp.js'));
  chmodSync(join(dist, 'rdma-shared-dp.js'), 0o755);
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
  await warmUp(join(dist, 'rdma-shared-dp.js'));
}
