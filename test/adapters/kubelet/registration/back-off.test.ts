// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BackOff } from '#adapters/kubelet/registration/back-off.ts';
import type { EndCause, GenerationEnd } from '#adapters/kubelet/registration/generation.ts';

const end = (cause: EndCause, servedMs = 0): GenerationEnd => ({ cause, reason: '', servedMs, kubelet: null });
const middle = (): number => 0.5;

function delays(ends: readonly GenerationEnd[], random = middle): readonly number[] {
  const backOff = new BackOff(random);
  return ends.map((one) => backOff.after(one, false));
}

describe('the back-off', () => {
  it('doubles while the kubelet refuses, up to 10 seconds', () => {
    expect(delays(Array.from({ length: 9 }, () => end('refused')))).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000,
    ]);
  });

  it('stays under a second where a stream was lost, so that the node is soon back', () => {
    expect(delays(Array.from({ length: 6 }, () => end('lost', 10)))).toEqual([100, 200, 400, 800, 800, 800]);
  });

  it('begins anew after a stream that was good for a while', () => {
    expect(delays([end('lost', 10), end('lost', 10), end('lost', 60_000), end('lost', 10)])).toEqual([
      100, 200, 100, 200,
    ]);
  });

  it('takes the first no of a kubelet that has taken us so far for the first', () => {
    const lost = Array.from({ length: 8 }, () => end('lost', 10));
    expect(delays([...lost, end('refused'), end('silent'), end('lost', 10), end('refused')]).slice(8)).toEqual([
      100, 200, 800, 100,
    ]);
  });

  it('is nothing to speak of, and begins anew, when the kubelet is a new one', () => {
    const backOff = new BackOff(middle);
    for (let i = 0; i < 5; i += 1) backOff.after(end('refused'), false);
    expect(backOff.after(end('lost', 5), true)).toBe(5);
    expect(backOff.after(end('refused'), false)).toBe(100);
  });

  it('has jitter of a quarter both ways', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (chance) => {
        const [first = 0] = delays([end('refused')], () => chance);
        expect(first).toBeGreaterThanOrEqual(75);
        expect(first).toBeLessThanOrEqual(125);
      }),
    );
  });
});
