// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { type WatchEnding, WatchPauses, usualPace } from '#adapters/kubernetes/config-map/watch-pace.ts';

const away: WatchEnding = { kind: 'away', retryAfterMs: 0 };
const refused: WatchEnding = { kind: 'refused' };

function pausesAfter(endings: readonly WatchEnding[], random = 0.5): readonly number[] {
  const pauses = new WatchPauses(usualPace, () => random);
  return endings.map((ending) => pauses.after(ending));
}

describe('the pause before the next watch', () => {
  it('is none after one whose time was over', () => {
    expect(pausesAfter([{ kind: 'over' }, { kind: 'over' }])).toEqual([0, 0]);
  });

  it.each([
    [0, 0],
    [0.5, 5_000],
    [0.999, 9_990],
  ])('is spread over ten seconds after one that broke: with %d it is %d ms', (random, ms) => {
    expect(pausesAfter([{ kind: 'broken' }], random)).toEqual([ms]);
  });

  it('doubles up to half a minute, from four seconds where nobody answers, from half a second where this node is refused', () => {
    expect(pausesAfter([away, away, away, away, away])).toEqual([4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(pausesAfter([refused, refused, refused])).toEqual([500, 1_000, 2_000]);
  });

  it('has jitter of half both ways', () => {
    expect([pausesAfter([away], 0), pausesAfter([away], 1)]).toEqual([[2_000], [6_000]]);
  });

  it('begins small again once a server answers, and once a watch was open', () => {
    expect(pausesAfter([away, away, away, refused, away, { kind: 'broken' }, away])).toEqual([
      4_000, 8_000, 16_000, 500, 4_000, 5_000, 4_000,
    ]);
  });

  it('is what the server asks for where that is longer, with something added, and with a limit', () => {
    const asking = (retryAfterMs: number): readonly number[] => pausesAfter([{ kind: 'away', retryAfterMs }]);
    expect([asking(1_000), asking(20_000), asking(86_400_000)]).toEqual([[4_000], [30_000], [180_000]]);
  });
});
