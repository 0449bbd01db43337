// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareNaturally } from '#domain/text/natural-order.ts';

describe('compareNaturally', () => {
  it('puts mlx5_2 before mlx5_10', () => {
    const names = ['mlx5_10', 'rxe0', 'mlx5_2', 'mlx5_bond_0', 'mlx4_0', 'mlx5_1'];
    expect(names.toSorted(compareNaturally)).toEqual(['mlx4_0', 'mlx5_1', 'mlx5_2', 'mlx5_10', 'mlx5_bond_0', 'rxe0']);
  });

  it('is a total order: different names never compare as equal, and swapping them swaps the sign', () => {
    const name = fc.stringMatching(/^[a-c0-2_]{0,6}$/);
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(compareNaturally(a, b) === 0).toBe(a === b);
        expect(Math.sign(compareNaturally(a, b))).toBe(Math.sign(compareNaturally(b, a)) * -1 + 0);
        if (compareNaturally(a, b) < 0 && compareNaturally(b, c) < 0) expect(compareNaturally(a, c)).toBeLessThan(0);
      }),
    );
  });
});
