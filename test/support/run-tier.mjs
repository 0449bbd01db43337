// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const print = (text) => process.stderr.write(`${text}\n`);

/**
 * Runs a tier of tests, with the arguments of this process passed to jest. Never returns. `parts` names what the tests
 * run on, for messages. `missing` lists the requirements that this machine does not meet: if there are any, jest
 * reports each group of the tier as skipped. Otherwise `build` builds what the tier needs first.
 */
export function runTier({ tier, parts, missing, build }) {
  if (missing.length === 0) build(print);
  else print(`skipped: this machine cannot run the tests on ${parts}. Missing:\n${toList(missing)}`);
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, 'scripts', 'jest.mjs'),
      '--config',
      join(root, 'test', tier, 'jest.config.mjs'),
      '--runInBand',
      ...process.argv.slice(2),
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, TIER_MISSING: JSON.stringify(missing) } },
  );
  process.exit(status ?? 1);
}

function toList(lines) {
  return lines.map((line) => `  ${line}`).join('\n');
}
