// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { programFile } from '../support/program-fixture.ts';
import { Campaign } from './campaign.ts';
import { type Defect, defects } from './defects.ts';
import { detectSupport, unsupportedFaults } from './machine-support.ts';

/** How long 25 faults may take on a machine that is busy with other tests. */
const limitMs = 180_000;

const support = detectSupport();
const jumpingClock = fileURLToPath(new URL('jumping-clock.cjs', import.meta.url));

// Other seeds, and many more faults: npm run test:faults.
describe('the built program under random faults', () => {
  const campaigns = [
    { seed: 1, host: 'sysfs', settings: 'file', registration: 'device-plugins' },
    { seed: 2, host: 'sysfs', settings: 'file', registration: 'plugins-registry' },
    { seed: 3, host: 'fake', settings: 'file', registration: 'auto' },
    { seed: 4, host: 'sysfs', settings: 'api', registration: 'device-plugins' },
  ] as const;

  it.concurrent.each(campaigns)(
    'recovers and leaks nothing (seed $seed, HCAs from $host, settings from $settings, registration $registration)',
    async (campaign) => {
      const plan = { ...campaign, faults: 25, program: programFile, jumpingClock, slow: false };
      const { injected } = await new Campaign(plan, support).run();
      expect(injected).toBe(25);
    },
    limitMs,
  );

  for (const reason of unsupportedFaults(support)) it.skip(`cannot be tested on this machine: ${reason}`, () => {});
});

// Without these, nothing would show that the invariants can fail.
describe('a campaign against a program that', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rdma-defective-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Returns the path of a program with this defect. */
  async function build({ defect, changes }: Defect): Promise<string> {
    const dist = join(directory, defect.replaceAll(/\W/g, '-'));
    const script = fileURLToPath(new URL('build-defective.mjs', import.meta.url));
    await promisify(execFile)(process.execPath, [script, dist, JSON.stringify(changes)]);
    return join(dist, basename(programFile));
  }

  it.each(defects)(
    '$defect fails',
    async (defect) => {
      const { only, seed, violation } = defect;
      const plan = { only, seed, host: 'sysfs', settings: 'file', registration: 'device-plugins' } as const;
      const program = await build(defect);
      const limits = { faults: 150, slow: false, recoveryLimitMs: 5_000 };
      await expect(new Campaign({ ...plan, ...limits, program, jumpingClock }, support).run()).rejects.toThrow(
        violation,
      );
    },
    limitMs,
  );
});
