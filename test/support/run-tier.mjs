// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const say = (text) => process.stderr.write(`${text}\n`);

/**
 * Builds what a tier of tests still needs and runs it, or says what is missing and has jest name each of its groups as skipped.
 * `parts` says in words against what it runs. Arguments go to jest. Never returns.
 */
export function runTier({ tier, parts, missing, build }) {
  if (missing.length === 0) build(say);
  else
    say(
      `skipped: the tests against ${parts} cannot run here. What is missing:\n${missing.map((line) => `  ${line}`).join('\n')}`,
    );
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
