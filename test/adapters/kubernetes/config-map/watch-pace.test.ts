// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { type WatchEnding, WatchPauses, usualPace } from '#adapters/kubernetes/config-map/watch-pace.ts';

const unreachable: WatchEnding = { kind: 'unreachable', retryAfterMs: 0 };
const rejected: WatchEnding = { kind: 'rejected' };

function pausesAfter(endings: readonly WatchEnding[], random = 0.5): readonly number[] {
  const pauses = new WatchPauses(usualPace, () => random);
  return endings.map((ending) => pauses.after(ending));
}

describe('WatchPauses: the pause before the next watch', () => {
  it('is 0 after a watch that expired', () => {
    expect(pausesAfter([{ kind: 'expired' }, { kind: 'expired' }])).toEqual([0, 0]);
  });

  it.each([
    [0, 0],
    [0.5, 5_000],
    [0.999, 9_990],
  ])('is spread over ten seconds after a watch that broke: random %d, %d ms', (random, ms) => {
    expect(pausesAfter([{ kind: 'broken' }], random)).toEqual([ms]);
  });

  it('doubles up to 30 s, from 4 s if the server is unreachable, from 0.5 s if it rejects this node', () => {
    expect(pausesAfter([unreachable, unreachable, unreachable, unreachable, unreachable])).toEqual([
      4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    expect(pausesAfter([rejected, rejected, rejected])).toEqual([500, 1_000, 2_000]);
  });

  it('has a jitter of 50 %', () => {
    expect([pausesAfter([unreachable], 0), pausesAfter([unreachable], 1)]).toEqual([[2_000], [6_000]]);
  });

  it('starts from the first pause again after an ending of another kind', () => {
    expect(
      pausesAfter([unreachable, unreachable, unreachable, rejected, unreachable, { kind: 'broken' }, unreachable]),
    ).toEqual([4_000, 8_000, 16_000, 500, 4_000, 5_000, 4_000]);
  });

  it('is at least the Retry-After of the server, plus jitter, up to a limit', () => {
    const afterRequestFor = (retryAfterMs: number): readonly number[] =>
      pausesAfter([{ kind: 'unreachable', retryAfterMs }]);
    expect([afterRequestFor(1_000), afterRequestFor(20_000), afterRequestFor(86_400_000)]).toEqual([
      [4_000],
      [30_000],
      [180_000],
    ]);
  });
});
