// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';

/**
 * Returns the steps of `npm run check`, cheapest first. `withTiers` adds the tests in a browser, on a real kernel, real
 * kubelets and a real API server, and the tests of the tests. `results` is the file of jest's results; null for a step that does not
 * run tests.
 */
export function checkSteps({ root, withTiers }) {
  const bin = (name) => join(root, 'node_modules', '.bin', name);
  const step = (name, ...command) => ({ name, command, results: null });
  const node = (name, ...words) => step(name, process.execPath, ...words);
  const tests = (name, file, ...command) => {
    const results = join(root, '.cache', `${file}.json`);
    return { name, command: [...command, '--json', `--outputFile=${results}`], results };
  };
  const tier = (name, folder) => tests(name, folder, process.execPath, `test/${folder}/run.mjs`);
  return [
    node('generated files', 'scripts/generate.mjs', '--check'),
    step('format', bin('prettier'), '--check', '--log-level', 'warn', '.'),
    step('types', bin('tsc'), '-p', '.', '--noEmit'),
    step('types of the domain alone', bin('tsc'), '-p', 'src/domain', '--noEmit'),
    step('lint', bin('oxlint'), '--type-aware', '--tsconfig', 'tsconfig.json', '--deny-warnings', 'src', 'test'),
    step('lint of scripts', bin('oxlint'), '--deny-warnings', 'scripts', 'bench', 'examples'),
    step('unused code', bin('knip'), '--no-progress'),
    // As a newcomer runs them.
    tests('tests', 'jest', 'npm', 'test', '--silent', '--'),
    ...(withTiers
      ? [
          tier('tests in a browser', 'tools'),
          tier('tests on a real kernel', 'kernel'),
          tier('tests against real kubelets', 'kubelet'),
          tier('tests against a real API server', 'apiserver'),
          node('list of mutations', 'test/mutations/run.mjs', '--check'),
          node('mutation tests', 'test/mutations/run.mjs'),
        ]
      : []),
  ];
}

/** Returns the line that reports how a step ended. */
export function resultLine(name, passed, milliseconds) {
  return `${passed ? 'ok' : 'FAILED'}: ${name} (${(milliseconds / 1000).toFixed(1)} s)`;
}
