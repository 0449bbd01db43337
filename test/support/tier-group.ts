// SPDX-License-Identifier: Apache-2.0
import { appendFileSync } from 'node:fs';
import { describe, it } from '@jest/globals';
import { array, parse, string } from 'valibot';

const missing = parse(
  array(string()),
  JSON.parse(process.env['TIER_MISSING'] ?? '["npm run: start this tier with its script in package.json."]'),
);

/**
 * Declares a group of tests of a tier. If the tier cannot run, declares a skipped test for each missing requirement.
 */
export function describeTier(name: string, tests: () => void): void {
  describe(name, () => {
    if (missing.length === 0) tests();
    else for (const requirement of missing) it.skip(`needs ${requirement}`, () => {});
  });
}

/**
 * Records a time for the table that the tier prints at its end. `parts` are the versions of the programs, by the titles
 * of their columns. They must be the same for all times of a tier.
 */
export function noteTime(what: string, parts: Readonly<Record<string, string>>, ms: number): void {
  const file = process.env['TIER_TIMES'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ what, parts, ms })}\n`);
}
