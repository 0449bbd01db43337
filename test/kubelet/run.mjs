// SPDX-License-Identifier: Apache-2.0
// npm run test:kubelet: builds the kubelets that are not built yet, and runs the tier against them. Arguments go to jest.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildMissingPrograms } from './programs.mjs';
import { whatIsMissing } from './requirements.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const say = (text) => process.stderr.write(`${text}\n`);

const missing = whatIsMissing();
if (missing.length === 0) buildMissingPrograms(say);
else say(`skipped: the tests against real kubelets cannot run here. What is missing:\n${missing.map((line) => `  ${line}`).join('\n')}`);

const { status } = spawnSync(
  process.execPath,
  [join(root, 'scripts', 'jest.mjs'), '--config', join(root, 'test/kubelet/jest.config.mjs'), '--runInBand', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, KUBELET_TIER_MISSING: JSON.stringify(missing) } },
);
process.exit(status ?? 1);
