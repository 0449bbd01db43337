// SPDX-License-Identifier: Apache-2.0
// Everything that has to hold, in a fixed order, cheapest first. All steps run even when one fails. With --tiers also the tests
// against a real kernel, real kubelets and a real API server, each of which says what it misses where it cannot run, and the tests of the tests.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const withTiers = process.argv.includes('--tiers');

const steps = [
  step('generated files are up to date', process.execPath, ['scripts/generate.mjs', '--check']),
  step('format', bin('prettier'), ['--check', '--log-level', 'warn', '.']),
  step('types', bin('tsc'), ['-p', '.', '--noEmit']),
  step('types of the domain, with nothing around it', bin('tsc'), ['-p', 'src/domain', '--noEmit']),
  step('lint', bin('oxlint'), ['--type-aware', '--tsconfig', 'tsconfig.json', '--deny-warnings', 'src', 'test']),
  step('lint of scripts', bin('oxlint'), ['--deny-warnings', 'scripts', 'bench', 'examples']),
  // As a newcomer runs them.
  tests('tests, the layers among them', ['npm', 'test', '--silent', '--'], 'jest'),
  ...(withTiers ? [...tiers(), mutations()] : []),
];

mkdirSync(cache, { recursive: true });
const summary = { passed: 0, failed: 0, skipped: 0 };
for (const { name, command, words, results } of steps) {
  process.stdout.write(`\n== ${name}\n`);
  if (results !== null) rmSync(results, { force: true });
  const since = performance.now();
  const stdio = ['ignore', results === null ? 'inherit' : 'ignore', 'inherit'];
  const good = spawnSync(command, words, { cwd: root, stdio }).status === 0;
  process.stdout.write(`${good ? 'good' : 'FAILED'}: ${name} (${((performance.now() - since) / 1000).toFixed(1)} s)\n`);
  summary[good ? 'passed' : 'failed'] += 1;
  if (results !== null) addTests(results);
}
writeFileSync(join(cache, 'check.json'), JSON.stringify(summary));
if (summary.skipped > 0)
  process.stdout.write(`\n${summary.skipped} skipped: what they miss is said above, where they stand\n`);
process.stdout.write(`\n${summary.passed} passed, ${summary.failed} failed\n`);
process.exit(summary.failed === 0 ? 0 : 1);

function step(name, command, words) {
  return { name, command, words, results: null };
}

function tests(name, [command, ...words], file) {
  const results = join(cache, `${file}.json`);
  return { name, command, words: [...words, '--json', `--outputFile=${results}`], results };
}

function tiers() {
  return [
    tests('tests on a real kernel', [process.execPath, 'test/kernel/run.mjs'], 'kernel'),
    tests('tests against real kubelets', [process.execPath, 'test/kubelet/run.mjs'], 'kubelet'),
    tests('tests against a real API server', [process.execPath, 'test/apiserver/run.mjs'], 'apiserver'),
  ];
}

function mutations() {
  return step('tests that fail without the code that they are for', process.execPath, ['test/mutations/run.mjs']);
}

/** A step of tests stands for each of its tests as well. */
function addTests(results) {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests } = JSON.parse(
      readFileSync(results, 'utf8'),
    );
    summary.passed += numPassedTests;
    summary.failed += Math.max(numFailedTests, numFailedTestSuites);
    summary.skipped += numPendingTests;
  } catch {
    summary.failed += 1;
  }
}
