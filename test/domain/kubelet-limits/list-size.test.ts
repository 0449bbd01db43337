// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { largestPoolThatFits, listSize, listSizeLimit, poolSeries } from '#domain/kubelet-limits/list-size.ts';

describe('list size of a share pool', () => {
  it.each([
    [0, 0],
    [1, 14],
    [10, 140],
    [11, 155],
    [1000, 15_890],
  ])('of %d shares is %d bytes', (count, bytes) => {
    expect(listSize(poolSeries, count)).toBe(bytes);
  });

  it('grows by 13 bytes and the id with each share', () => {
    for (let count = 0; count < 2000; count += 1) {
      expect(listSize(poolSeries, count + 1) - listSize(poolSeries, count)).toBe(13 + String(count).length);
    }
  });

  it('fits into one message for up to 226,600 shares', () => {
    expect(largestPoolThatFits()).toBe(226_600);
    expect(listSize(poolSeries, 226_600)).toBeLessThanOrEqual(listSizeLimit);
    expect(listSize(poolSeries, 226_601)).toBeGreaterThan(listSizeLimit);
  });

  it('exceeds the limit for the largest number, and is computed at once', () => {
    expect(listSize(poolSeries, Number.MAX_SAFE_INTEGER)).toBeGreaterThan(listSizeLimit);
  });
});
