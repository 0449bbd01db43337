// SPDX-License-Identifier: Apache-2.0
// npm run test:mutations -- [--check] [failure ...]
// Removes the code that handles a failure from a copy of the tree, and requires that the test of that failure then fails.
// Without failures as arguments, it takes all of docs/reliability.md. With --check it runs no test: it only verifies that the
// text to replace occurs exactly once in its file.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failuresIn } from './failures.mjs';
import { mutations } from './mutations.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** How long a test waits for what a mutation prevents: longer than any of it takes, and shorter than the usual limit. */
const livenessMs = 6_000;
/** The limit for a test that does not end by itself. */
const limitMs = 60_000;
const notCopied = new Set(['.git', '.cache', 'node_modules']);

/** Returns why a mutation cannot be applied to the tree and what to do, or null. */
function defectOf({ file, find }) {
  const count = readFileSync(join(root, file), 'utf8').split(find).length - 1;
  if (count === 1) return null;
  const found = count === 0 ? 'no longer occurs' : `occurs ${count} times`;
  return (
    `the text to replace ${found} in ${file}. ` +
    'Update "find" and "replace" of this entry in test/mutations/mutations.mjs to the code that handles the failure now'
  );
}

/** A copy of the tree in which one file at a time is mutated. */
class TreeCopy {
  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'rdma-mutations-'));
    cpSync(root, this.directory, { recursive: true, filter: (path) => !notCopied.has(basename(path)) });
    symlinkSync(join(root, 'node_modules'), join(this.directory, 'node_modules'));
  }

  /** Applies a mutation and runs the test. Returns null if the test failed as it should, and otherwise what happened. */
  async outcomeOf({ file, find, replace, rebuilds }, test) {
    const path = join(this.directory, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      text.replace(find, () => replace),
    );
    try {
      if (rebuilds) await build(this.directory);
      return judge(await resultsOf(this.directory, test));
    } finally {
      writeFileSync(path, text);
      if (rebuilds) await build(this.directory);
    }
  }

  remove() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function build(directory) {
  const code = "await (await import('./scripts/build.mjs')).buildProgram();";
  return run(directory, ['--input-type=module', '-e', code]);
}

/** Returns jest's results of one test, or null if jest did not end. */
async function resultsOf(directory, { file, name }) {
  const output = join(directory, 'results.json');
  rmSync(output, { force: true });
  const selection = ['--runTestsByPath', file, '--testNamePattern', patternOf(name)];
  const cache = `--cacheDirectory=${join(root, '.cache', 'mutations-jest')}`;
  // Without the code that handles its failure, a test often hangs: a short limit saves minutes.
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--testTimeout=5000'];
  await run(directory, [...jest, ...selection, '--json', '--outputFile', output, '--silent', '--forceExit', cache]);
  try {
    return JSON.parse(readFileSync(output, 'utf8'));
  } catch {
    return null;
  }
}

function run(cwd, words) {
  const env = { ...process.env, RDMA_TEST_LIVENESS_MS: String(livenessMs) };
  const child = spawn(process.execPath, words, { cwd, env, stdio: 'ignore', timeout: limitMs, killSignal: 'SIGKILL' });
  return new Promise((resolve) => child.once('exit', resolve));
}

/** Returns a pattern for the name of a test in the sources, which can have placeholders: %s, %p or $name. */
function patternOf(name) {
  return name
    .split(/%[a-z]|\$\w+/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
}

function judge(results) {
  if (results === null) return 'the test did not end';
  const failed = results.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed');
  if (failed.length > 0) return null;
  return results.numPassedTests > 0 ? 'the test passed without the code' : 'no test of that name ran';
}

const failures = process.argv.slice(2).filter((word) => word !== '--check');
const selected = mutations.filter(({ failure }) => failures.length === 0 || failures.includes(failure));
const queue = selected.filter((mutation) => defectOf(mutation) === null);
let defects = 0;
for (const mutation of selected) {
  const defect = defectOf(mutation);
  if (defect === null) continue;
  defects += 1;
  process.stdout.write(`INVALID: ${mutation.failure}: ${mutation.change}\n  ${defect}\n`);
}
if (process.argv.includes('--check')) {
  process.stdout.write(`${queue.length} mutations can be applied, ${defects} cannot\n`);
  process.exit(queue.length > 0 && defects === 0 ? 0 : 1);
}

const tests = failuresIn(readFileSync(join(root, 'docs/reliability.md'), 'utf8'));
const begun = performance.now();
let [caught, missed] = [0, 0];

async function applyAll() {
  const copy = new TreeCopy();
  try {
    for (let mutation = queue.shift(); mutation !== undefined; mutation = queue.shift()) {
      const { failure, change } = mutation;
      const test = tests.get(failure);
      const since = performance.now();
      const flaw =
        test === undefined ? 'docs/reliability.md names no test for it' : await copy.outcomeOf(mutation, test);
      const seconds = ((performance.now() - since) / 1000).toFixed(1);
      if (flaw === null) caught += 1;
      else missed += 1;
      process.stdout.write(`${flaw === null ? 'caught' : 'MISSED'}: ${failure}: ${change} (${seconds} s)\n`);
      if (flaw !== null) process.stdout.write(`  ${flaw}: ${test?.file}: ${test?.name}\n`);
    }
  } finally {
    copy.remove();
  }
}

await Promise.all(Array.from({ length: Math.min(availableParallelism(), queue.length) }, applyAll));
const seconds = Math.round((performance.now() - begun) / 1000);
process.stdout.write(`${caught} caught, ${missed} missed, ${defects} invalid, in ${seconds} s\n`);
process.exitCode = caught > 0 && missed === 0 && defects === 0 ? 0 : 1;
