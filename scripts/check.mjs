// SPDX-License-Identifier: Apache-2.0
// npm run check [-- --tiers]: runs everything that a change has to pass. All steps run, even after one has failed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkSteps, resultLine } from './check-steps.mjs';
import './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');
const summary = { passed: 0, failed: 0, skipped: 0 };

mkdirSync(cache, { recursive: true });
for (const step of checkSteps({ root, withTiers: process.argv.includes('--tiers') })) runStep(step);
writeFileSync(join(cache, 'check.json'), JSON.stringify(summary));
if (summary.skipped > 0)
  process.stdout.write(`\n${summary.skipped} skipped: each step above reports what is missing on this machine\n`);
process.stdout.write(`\n${summary.passed} passed, ${summary.failed} failed\n`);
process.exit(summary.failed === 0 ? 0 : 1);

function runStep({ name, command: [program, ...words], results }) {
  process.stdout.write(`\n== ${name}\n`);
  if (results !== null) rmSync(results, { force: true });
  const since = performance.now();
  const stdio = ['ignore', results === null ? 'inherit' : 'ignore', 'inherit'];
  const passed = spawnSync(program, words, { cwd: root, stdio }).status === 0;
  process.stdout.write(`${resultLine(name, passed, performance.now() - since)}\n`);
  summary[passed ? 'passed' : 'failed'] += 1;
  if (results !== null) addTests(results);
}

/** Adds the tests of a step to the summary, in addition to the step itself. */
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
