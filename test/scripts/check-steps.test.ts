// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { checkSteps, resultLine } from '../../scripts/check-steps.mjs';

const names = (withTiers: boolean): readonly string[] => checkSteps({ root: '/', withTiers }).map(({ name }) => name);

describe('npm run check', () => {
  it('reports each step in one line: the outcome, the step and the time', () => {
    expect(resultLine('types', true, 1234)).toBe('ok: types (1.2 s)');
    expect(resultLine('types', false, 61_000)).toBe('FAILED: types (61.0 s)');
  });

  it.each(names(true))('names the step "%s" in at most six words, without a verdict', (name) => {
    expect(name).toMatch(/^[a-z]+( [A-Za-z]+){0,5}$/);
    expect(name).not.toMatch(/\b(ok|good|failed|passed|check)\b/i);
  });

  it('names each step differently', () => {
    expect(new Set(names(true)).size).toBe(names(true).length);
  });

  it('runs tests on real parts and mutations only with --tiers', () => {
    expect(names(false).at(-1)).toBe('tests');
    expect(names(true).slice(names(false).length)).toEqual([
      'tests in a browser',
      'tests on a real kernel',
      'tests against real kubelets',
      'tests against a real API server',
      'list of mutations',
      'mutation tests',
    ]);
  });
});
