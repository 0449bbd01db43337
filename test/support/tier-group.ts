// SPDX-License-Identifier: Apache-2.0
import { appendFileSync } from 'node:fs';
import { describe, it } from '@jest/globals';
import { array, parse, string } from 'valibot';

const missing = parse(
  array(string()),
  JSON.parse(process.env['TIER_MISSING'] ?? '["its script in package.json: it runs this tier."]'),
);

/** A group of tests of a tier, or, where they can't run, one that is skipped under the names of what is missing. */
export function describeTier(name: string, tests: () => void): void {
  describe(name, () => {
    if (missing.length === 0) tests();
    else for (const what of missing) it.skip(`needs ${what}`, () => {});
  });
}

/** Remembers a time for the table at the end of the run. `parts` are versions by the names of their columns, the same for all times of a tier. */
export function noteTime(what: string, parts: Readonly<Record<string, string>>, ms: number): void {
  const file = process.env['TIER_TIMES'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ what, parts, ms })}\n`);
}
