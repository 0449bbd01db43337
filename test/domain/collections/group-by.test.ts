// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { groupBy } from '#domain/collections/group-by.ts';

describe('groupBy', () => {
  it('keeps the order of the groups and of the items in each', () => {
    const groups = groupBy(['b1', 'a1', 'b2', 'a2', 'c1'], (text) => text.slice(0, 1));
    expect([...groups]).toEqual([
      ['b', ['b1', 'b2']],
      ['a', ['a1', 'a2']],
      ['c', ['c1']],
    ]);
  });

  it('leaves out items without a key', () => {
    expect([...groupBy([1, 2, 3, 4], (n) => (n % 2 === 0 ? String(n) : null))]).toEqual([
      ['2', [2]],
      ['4', [4]],
    ]);
  });

  it('takes names of built-in properties as keys', () => {
    expect([...groupBy(['constructor', '__proto__'], (text) => text).keys()]).toEqual(['constructor', '__proto__']);
  });
});
