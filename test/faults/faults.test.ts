// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { programFile } from '../support/program-fixture.ts';
import { Campaign } from './campaign.ts';
import { findCapabilities, skipped } from './capabilities.ts';

/** What a hundred faults may take on a machine that is busy with other tests. */
const limitMs = 180_000;

const can = findCapabilities();
const jumpingClock = fileURLToPath(new URL('jumping-clock.cjs', import.meta.url));

// With other seeds, and many more faults: npm run test:faults.
describe('the program, after each of a hundred random faults', () => {
  const campaigns = [
    { seed: 1, host: 'sysfs', settings: 'file', registration: 'device-plugins' },
    { seed: 2, host: 'sysfs', settings: 'file', registration: 'plugins-registry' },
    { seed: 3, host: 'fake', settings: 'file', registration: 'auto' },
    { seed: 4, host: 'sysfs', settings: 'api', registration: 'device-plugins' },
  ] as const;

  it.concurrent.each(campaigns)(
    'offers what its settings and the host ask for, and leaves nothing lying about (seed $seed, $host HCAs, settings by $settings, $registration)',
    async ({ seed, host, settings, registration }) => {
      const plan = {
        seed,
        faults: 25,
        program: programFile,
        jumpingClock,
        slow: false,
        host,
        settings,
        start: { registration },
      };
      const { played } = await new Campaign(plan, can).run();
      expect(played).toBe(25);
    },
    limitMs,
  );

  for (const what of skipped(can)) it.skip(`not played: ${what}`, () => {});
});
