// SPDX-License-Identifier: Apache-2.0
// npm run test:mutations -- [failure ...]: takes the code that handles a failure out of a copy of the tree, and demands that the test of that
// failure fails. Without words, all failures of docs/reliability.md.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failuresIn } from './failures.mjs';
import { mutations } from './mutations.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** What a test waits for that never comes. Far above what any of it takes, and below the usual bound, which is for busy machines. */
const livenessMs = 6_000;
/** For a test that does not even end. */
const limitMs = 60_000;
const leftOut = new Set(['.git', '.cache', 'node_modules']);

/** A tree of its own in which one file at a time is another. */
class Copy {
  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'rdma-mutations-'));
    cpSync(root, this.directory, { recursive: true, filter: (path) => !leftOut.has(basename(path)) });
    symlinkSync(join(root, 'node_modules'), join(this.directory, 'node_modules'));
  }

  /** Null when the test failed as it should, else what happened instead. */
  async outcomeOf({ file, find, replace, rebuilds }, test) {
    const path = join(this.directory, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(find).length !== 2) return `${file} does not hold what is to be replaced exactly once`;
    writeFileSync(
      path,
      text.replace(find, () => replace),
    );
    try {
      if (rebuilds) await this.#build();
      return judge(await this.#results(test));
    } finally {
      writeFileSync(path, text);
      if (rebuilds) await this.#build();
    }
  }

  remove() {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #build() {
    return run(this.directory, [
      '--input-type=module',
      '-e',
      "await (await import('./scripts/build.mjs')).buildProgram();",
    ]);
  }

  async #results({ file, name }) {
    const output = join(this.directory, 'results.json');
    rmSync(output, { force: true });
    const words = [
      '--runTestsByPath',
      file,
      '--testNamePattern',
      patternOf(name),
      '--json',
      '--outputFile',
      output,
      '--silent',
      '--forceExit',
    ];
    await run(this.directory, [
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      ...words,
      `--cacheDirectory=${join(root, '.cache', 'mutations-jest')}`,
    ]);
    try {
      return JSON.parse(readFileSync(output, 'utf8'));
    } catch {
      return null;
    }
  }
}

function run(cwd, words) {
  const env = { ...process.env, RDMA_TEST_LIVENESS_MS: String(livenessMs) };
  const child = spawn(process.execPath, words, { cwd, env, stdio: 'ignore', timeout: limitMs, killSignal: 'SIGKILL' });
  return new Promise((resolve) => child.once('exit', resolve));
}

/** A name in the sources may have places for values: %s, %p or $name. */
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
  return results.numPassedTests > 0 ? 'the test passed all the same' : 'no test of that name ran';
}

const asked = process.argv.slice(2);
const tests = failuresIn(readFileSync(join(root, 'docs/reliability.md'), 'utf8'));
const waiting = mutations.filter(({ failure }) => asked.length === 0 || asked.includes(failure));
const begun = performance.now();
let [caught, missed] = [0, 0];

async function work() {
  const copy = new Copy();
  try {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const test = tests.get(next.failure);
      const since = performance.now();
      const wrong = test === undefined ? 'docs/reliability.md names no test for it' : await copy.outcomeOf(next, test);
      if (wrong === null) caught += 1;
      else missed += 1;
      const seconds = ((performance.now() - since) / 1000).toFixed(1);
      process.stdout.write(
        `${wrong === null ? 'caught' : 'MISSED'}: ${next.failure}: ${next.change} (${seconds} s)${wrong === null ? '' : `\n  ${wrong}: ${test?.file}: ${test?.name}`}\n`,
      );
    }
  } finally {
    copy.remove();
  }
}

await Promise.all(Array.from({ length: Math.min(availableParallelism(), waiting.length) }, work));
process.stdout.write(`${caught} caught, ${missed} missed, in ${Math.round((performance.now() - begun) / 1000)} s\n`);
process.exitCode = caught > 0 && missed === 0 ? 0 : 1;
