// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ProblemLog } from '#app/reports/problem-log.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { RecordedLog } from '../../support/recorded-log.ts';

let log: RecordedLog;
let problems: ProblemLog;
beforeEach(() => {
  log = new RecordedLog();
  problems = new ProblemLog(log);
});

function of(code: string, ...numbers: readonly number[]): readonly Problem[] {
  return numbers.map((number) => ({
    code,
    actor: 'node',
    subject: `mlx5_${number}`,
    message: `HCA mlx5_${number} is bad.`,
    remedy: 'Mend it.',
  }));
}

function firstNumbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}

describe('ProblemLog', () => {
  it('logs each problem once when it appears and once when it is cleared', () => {
    problems.update(of('A', 0, 1));
    problems.update(of('A', 0, 1));
    problems.update(of('A', 1));
    expect(log.messages('warning')).toEqual(['HCA mlx5_0 is bad.', 'HCA mlx5_1 is bad.']);
    expect(log.messages('info')).toEqual(['problem cleared']);
    expect(log.valuesOf('problem cleared', 'subject')).toEqual(['mlx5_0']);
  });

  it('logs a problem again if its message changes, and does not call it cleared', () => {
    problems.update(of('A', 0));
    problems.update([...of('A', 0)].map((problem) => ({ ...problem, message: 'HCA mlx5_0 is worse.' })));
    expect([log.messages('warning'), log.messages('info')]).toEqual([
      ['HCA mlx5_0 is bad.', 'HCA mlx5_0 is worse.'],
      [],
    ]);
  });

  it.each([8, 9, 1024])('logs %i problems with one code in at most nine lines', (count) => {
    problems.update([...of('A', ...firstNumbers(count)), ...of('B', 0)]);
    const lines = log.messages('warning');
    expect(lines.length).toBe(count === 8 ? 9 : 3);
    problems.update([]);
    expect(log.messages('info').length).toBe(count === 8 ? 9 : 2);
    expect(log.valuesOf('more problems like this', 'count')).toEqual(count === 8 ? [] : [count - 1]);
    expect(JSON.stringify([...log.valuesOf('more problems like this', 'subjects'), '']).length).toBeLessThan(300);
  });
});
