// SPDX-License-Identifier: Apache-2.0
// npm run test:kernel: boots a Debian kernel with soft-RoCE under QEMU and runs the built program in it. Arguments go to jest.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whatIsMissing } from './requirements.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

const missing = whatIsMissing();
if (missing.length > 0) {
  process.stderr.write(
    `skipped: the tests on a real kernel cannot run here. What is missing:\n${missing.map((line) => `  ${line}`).join('\n')}\n`,
  );
}
const { status } = spawnSync(
  process.execPath,
  [join(root, 'scripts', 'jest.mjs'), '--config', join(root, 'test/kernel/jest.config.mjs'), ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, KERNEL_TIER_MISSING: JSON.stringify(missing) } },
);
process.exit(status ?? 1);
