// SPDX-License-Identifier: Apache-2.0
// Prepares a clone for use: installs the packages of the lock file if they have changed, and builds dist/.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules', '.installed-lock.json');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: Node.js ${process.versions.node} is too old. Install version 20.19 or later.\n`);
  process.exit(1);
}

function isInstalled() {
  return existsSync(installed) && readFileSync(installed).equals(readFileSync(lock));
}

if (!isInstalled()) {
  process.stderr.write('Installing the packages of package-lock.json ...\n');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  copyFileSync(lock, installed);
}
const { buildProgram } = await import('./build.mjs');
await buildProgram();
