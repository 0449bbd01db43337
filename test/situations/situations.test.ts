// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { answerTo } from './answer.ts';
import { situations } from './all.ts';

describe('situations from public reports', () => {
  it.each(situations.map((situation) => [situation.title, situation] as const))(
    'are answered with cause and remedy: %s',
    async (_title, { question, cause, remedy }) => {
      // Lines are broken to fit a terminal.
      const answer = (await answerTo(question)).replaceAll(/\s+/g, ' ');
      expect(answer).toMatch(cause);
      if (remedy !== null) expect(answer).toMatch(remedy);
    },
  );

  it('are told apart by their questions, and name a report each', () => {
    expect(new Set(situations.map(({ title }) => title)).size).toBe(situations.length);
    for (const { reports } of situations) expect(reports.length).toBeGreaterThan(0);
  });
});
