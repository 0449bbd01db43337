// SPDX-License-Identifier: Apache-2.0
// npm run test:faults -- [options]: injects random faults into the environment of the built program. See README.md.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const usage = `usage: npm run test:faults -- [options]
  --faults N        faults to inject for each seed (default 1000)
  --seed S          the first seed, a whole number (default: a random one, which is printed)
  --seeds K         number of consecutive seeds, run in parallel (default 3, or 1 with --seed)
  --quick           leave out the faults whose recovery takes 10 s or more
  --bound MS        how long a recovery may take, in milliseconds (default 15000)
  --without WORD    leave out the faults whose names contain WORD; can be repeated
  --only WORD       inject only faults whose names contain WORD; can be repeated
  --program FILE    the built program (default dist/rdma-shared-dp.js)
The seed decides these, unless they are given:
  --host H          where the HCAs come from: sysfs or fake
  --settings S      where the settings come from: file or api
  --registration R  how the program registers first: device-plugins, plugins-registry or auto
`;
const choices = {
  host: ['sysfs', 'fake'],
  settings: ['file', 'api'],
  registration: ['device-plugins', 'plugins-registry', 'auto'],
};

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
        host: text(),
        settings: text(),
        registration: text(),
        without: { type: 'string', multiple: true, default: [] },
        only: { type: 'string', multiple: true },
      },
    });
    const counts = {
      faults: Number(values.faults),
      bound: Number(values.bound),
      seed: Number(values.seed ?? randomInt(1_000_000)),
      seeds: Number(values.seeds ?? (values.seed === undefined ? 3 : 1)),
    };
    if (
      Object.entries(choices).every(([name, allowed]) => [undefined, ...allowed].includes(values[name])) &&
      counts.faults >= 1 &&
      counts.seeds >= 1 &&
      Object.values(counts).every(Number.isSafeInteger)
    )
      return { ...values, ...counts };
  } catch {
    // The usage message below explains the options.
  }
  process.stderr.write(usage);
  return process.exit(2);
}

const children = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => children.forEach((child) => child.kill(signal)));

/** Runs a campaign in a process of its own. Resolves to whether it passed. */
function runCampaign(script, plan) {
  const child = spawn(process.execPath, [script, JSON.stringify(plan)], { stdio: 'inherit' });
  children.add(child);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code === 0));
  });
}

const { seed, seeds, faults, bound, program, quick, host, settings, registration, without, only } = readOptions();
const workDirectory = mkdtempSync(join(root, 'node_modules', '.faults-'));
try {
  const script = join(workDirectory, 'bundle', 'run-campaign.mjs');
  // The fake API server reads them from ../fixtures/tls.
  cpSync(join(root, 'test/fixtures/tls'), join(workDirectory, 'fixtures/tls'), { recursive: true });
  // Stuck files are served by a script beside the code.
  cpSync(join(root, 'test/support/stuck-file.py'), join(workDirectory, 'bundle/stuck-file.py'));
  // The bundle is below node_modules, so that it finds the packages, which are not part of it.
  await build({
    entryPoints: [join(root, 'test/faults/run-campaign.ts')],
    outfile: script,
    bundle: true,
    packages: 'external',
    alias: Object.fromEntries(
      ['adapters', 'app', 'domain', 'ports', 'timing'].map((layer) => [`#${layer}`, join(root, 'src', layer)]),
    ),
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const plans = Array.from({ length: seeds }, (_, i) => ({
    seed: seed + i,
    faults,
    program,
    jumpingClock: join(root, 'test/faults/jumping-clock.cjs'),
    recoveryLimitMs: bound,
    slow: !quick,
    host,
    settings,
    registration,
    without,
    only,
  }));
  process.stdout.write(`${faults} faults for each of these seeds: ${plans.map((plan) => plan.seed).join(', ')}\n`);
  const passed = await Promise.all(plans.map((plan) => runCampaign(script, plan)));
  process.exitCode = passed.every(Boolean) ? 0 : 1;
} finally {
  rmSync(workDirectory, { recursive: true, force: true });
}
