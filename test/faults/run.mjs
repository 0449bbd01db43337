// SPDX-License-Identifier: Apache-2.0
// npm run test:faults -- [--faults 1000] [--seed S] [--seeds 3] [--quick]: plays random faults against the built program.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const usage = `usage: npm run test:faults -- [options]
  --faults N   how many faults are played for each seed (1000)
  --seed S     the first seed, a whole number; left out, a random one, which is printed
  --seeds K    how many seeds, one after another's number, played at the same time (3, or 1 with --seed)
  --quick      without the faults that take 10 s and more to get over
  --bound MS   how long a recovery may take, in milliseconds (15000)
  --settings P where the settings are: in a file, or behind a Kubernetes api (the seed decides)
  --without W  without the faults whose names contain W; may come several times
  --program F  the built program (dist/rdma-shared-dp.js)
`;

function readOptions() {
  try {
    const text = (fallback) => ({ type: 'string', ...(fallback === undefined ? {} : { default: fallback }) });
    const { values } = parseArgs({
      options: {
        faults: text('1000'),
        bound: text('15000'),
        seed: text(),
        seeds: text(),
        program: text(join(root, 'dist/rdma-shared-dp.js')),
        quick: { type: 'boolean', default: false },
        settings: text(),
        without: { type: 'string', multiple: true, default: [] },
      },
    });
    const counts = {
      faults: Number(values.faults),
      bound: Number(values.bound),
      seed: Number(values.seed ?? randomInt(1_000_000)),
      seeds: Number(values.seeds ?? (values.seed === undefined ? 3 : 1)),
    };
    if (
      [undefined, 'file', 'api'].includes(values.settings) &&
      counts.faults >= 1 &&
      counts.seeds >= 1 &&
      Object.values(counts).every(Number.isSafeInteger)
    )
      return { ...values, ...counts };
  } catch {
    // The usage says it.
  }
  process.stderr.write(usage);
  return process.exit(2);
}

const children = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => children.forEach((child) => child.kill(signal)));

function play(script, plan) {
  const child = spawn(process.execPath, [script, JSON.stringify(plan)], { stdio: 'inherit' });
  children.add(child);
  return new Promise((resolve) => {
    child.once('exit', (status) => resolve(status === 0));
  });
}

const { seed, seeds, faults, bound, program, quick, settings, without } = readOptions();
const workplace = mkdtempSync(join(root, 'node_modules', '.faults-'));
try {
  const script = join(workplace, 'bundle', 'play.mjs');
  // Where the fake API server looks for them.
  cpSync(join(root, 'test/fixtures/tls'), join(workplace, 'fixtures/tls'), { recursive: true });
  // Packages stay outside the bundle, which is why it stands beside them.
  await build({
    entryPoints: [join(root, 'test/faults/play.ts')],
    outfile: script,
    bundle: true,
    packages: 'external',
    alias: {
      '#adapters': join(root, 'src/adapters'),
      '#domain': join(root, 'src/domain'),
      '#ports': join(root, 'src/ports'),
    },
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const plans = Array.from({ length: seeds }, (_, i) => ({
    seed: seed + i,
    faults,
    program,
    jumpingClock: join(root, 'test/faults/jumping-clock.cjs'),
    boundMs: bound,
    slow: !quick,
    settings,
    without,
  }));
  process.stdout.write(`${faults} faults for each of the seeds ${plans.map((plan) => plan.seed).join(', ')}\n`);
  const passed = await Promise.all(plans.map((plan) => play(script, plan)));
  process.exitCode = passed.every(Boolean) ? 0 : 1;
} finally {
  rmSync(workplace, { recursive: true, force: true });
}
