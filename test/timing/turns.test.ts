// SPDX-License-Identifier: Apache-2.0
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Turns } from '#timing/turns.ts';

describe('Turns', () => {
  it('lets the first begin at once, and one more in each turn of the event loop, in their order', async () => {
    const turns = new Turns();
    const begun: number[] = [];
    for (const index of [0, 1, 2]) void turns.next().then(() => begun.push(index));
    await Promise.resolve();
    await Promise.resolve();
    expect(begun).toEqual([0]);
    const counts: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await nextTurn();
      counts.push(begun.length);
    }
    expect(begun).toEqual([0, 1, 2]);
    expect(new Set(counts).size).toBe(2);
  });

  it('lets one begin at once again when nobody waits', async () => {
    const turns = new Turns();
    await turns.next();
    await nextTurn();
    let hasBegun = false;
    void turns.next().then(() => {
      hasBegun = true;
    });
    await Promise.resolve();
    await Promise.resolve();
    expect(hasBegun).toBe(true);
  });
});
