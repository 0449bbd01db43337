// SPDX-License-Identifier: Apache-2.0
// Everything that has to hold, in a fixed order, cheapest first. All steps run even when one fails.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');
const results = join(cache, 'jest.json');
const bin = (name) => join(root, 'node_modules', '.bin', name);

const steps = [
  ['generated files are up to date', process.execPath, ['scripts/generate.mjs', '--check']],
  ['types', bin('tsc'), ['-p', '.', '--noEmit']],
  ['types of the domain, with nothing around it', bin('tsc'), ['-p', 'src/domain', '--noEmit']],
  ['lint', bin('oxlint'), ['--type-aware', '--tsconfig', 'tsconfig.json', '--deny-warnings', 'src', 'test']],
  ['lint of scripts', bin('oxlint'), ['--deny-warnings', 'scripts', 'bench']],
  ['tests, the layers among them', process.execPath, ['scripts/jest.mjs', '--json', `--outputFile=${results}`]],
];

mkdirSync(cache, { recursive: true });
rmSync(results, { force: true });
const summary = { passed: 0, failed: 0 };
for (const [name, command, words] of steps) {
  process.stdout.write(`\n== ${name}\n`);
  const since = performance.now();
  const stdio = words.includes('--json') ? ['ignore', 'ignore', 'inherit'] : ['ignore', 'inherit', 'inherit'];
  const good = spawnSync(command, words, { cwd: root, stdio }).status === 0;
  process.stdout.write(`${good ? 'good' : 'FAILED'}: ${name} (${((performance.now() - since) / 1000).toFixed(1)} s)\n`);
  summary[good ? 'passed' : 'failed'] += 1;
}
addTests();
writeFileSync(join(cache, 'check.json'), JSON.stringify(summary));
process.stdout.write(`\n${summary.passed} passed, ${summary.failed} failed\n`);
process.exit(summary.failed === 0 ? 0 : 1);

/** The step of the tests stands for each of its tests. */
function addTests() {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(results, 'utf8'));
    summary.passed += numPassedTests;
    summary.failed += Math.max(numFailedTests, numFailedTestSuites);
  } catch {
    summary.failed += 1;
  }
}
