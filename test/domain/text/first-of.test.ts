// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { firstOf } from '#domain/text/first-of.ts';

describe('firstOf', () => {
  it.each([
    [[], 2, ''],
    [['a'], 2, 'a'],
    [['a', 'b'], 2, 'a or b'],
    [['a', 'b', 'c'], 2, 'a, b and 1 more'],
    [['a', 'b', 'c', 'd', 'e'], 1, 'a and 4 more'],
  ])('lists %j up to %i as "%s"', (texts, count, listed) => {
    expect(firstOf(texts, count, ' or ')).toBe(listed);
  });
});
