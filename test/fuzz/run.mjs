// SPDX-License-Identifier: Apache-2.0
// npm run test:fuzz -- [--runs 100000] [--seed 7]: seeded random settings documents and sysfs trees. A failing case is printed
// with its seed.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { runs: { type: 'string', default: '100000' }, seed: { type: 'string' } },
    });
    const { runs, seed = String(Math.floor(Math.random() * 2 ** 31) + 1) } = values;
    if ([runs, seed].every((text) => /^[1-9]\d{0,9}$/.test(text))) return { runs, seed };
  } catch {
    // The usage follows.
  }
  process.stderr.write(
    'usage: npm run test:fuzz -- [--runs 100000] [--seed 7]\nBoth are whole numbers, 1 or greater.\n',
  );
  return process.exit(2);
}

const { runs, seed } = readOptions();
process.stderr.write(
  `${runs} cases of each kind from seed ${seed}; repeat with: npm run test:fuzz -- --runs ${runs} --seed ${seed}\n`,
);
const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'jest.mjs'), 'test/fuzz'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, RDMA_DP_FUZZ_RUNS: runs, RDMA_DP_FUZZ_SEED: seed },
});
process.exit(status ?? 1);
