// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { RecentMap } from '#domain/collections/recent-map.ts';

describe('RecentMap', () => {
  it('creates the value of a key once', () => {
    const map = new RecentMap<string, object>(2);
    const value = map.get('a', () => ({}));
    expect(map.get('a', () => ({}))).toBe(value);
  });

  it('forgets the value that was not used for the longest time', () => {
    const created: string[] = [];
    const map = new RecentMap<string, string>(2);
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b', 'a'])
      map.get(key, () => {
        created.push(key);
        return key;
      });
    expect(created).toEqual(['a', 'b', 'c', 'b']);
  });
});
