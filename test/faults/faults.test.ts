// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { programFile } from '../support/program-fixture.ts';
import { Campaign } from './campaign.ts';
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
