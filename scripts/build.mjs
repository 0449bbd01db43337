// SPDX-License-Identifier: Apache-2.0
// Builds dist/: the program rdma-shared-dp.js with its bundle and the bundle's compiled code.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { warmUp } from './warm-up.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** From git where there is one; a build without it, as in an image, is told by BUILD_COMMIT and BUILD_DATE. */
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

export async function buildProgram() {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  await build({
    entryPoints: [join(root, 'src/main.ts')],
    outfile: join(dist, 'bundle.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { BUILD: JSON.stringify(origin()) },
  });
  copyFileSync(join(root, 'scripts/loader.cjs'), join(dist, 'rdma-shared-dp.js'));
  chmodSync(join(dist, 'rdma-shared-dp.js'), 0o755);
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
  await warmUp(join(dist, 'rdma-shared-dp.js'));
}
