// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type EndCause, type GenerationEnd, RegistrationBackOff } from '#adapters/kubelet/registration/back-off.ts';

const end = (cause: EndCause, servedMs = 0): GenerationEnd => ({ cause, reason: '', servedMs, kubeletIdentity: null });
const middle = (): number => 0.5;

function delays(ends: readonly GenerationEnd[], random = middle): readonly number[] {
  const backOff = new RegistrationBackOff(random);
  return ends.map((each) => backOff.delayAfter(each, false));
}

describe('RegistrationBackOff', () => {
  it('doubles the delay after each refusal, up to 10 seconds', () => {
    expect(delays(Array.from({ length: 9 }, () => end('refused')))).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000,
    ]);
  });

  it('delays by less than a second after a lost connection', () => {
    expect(delays(Array.from({ length: 6 }, () => end('connection-lost', 10)))).toEqual([100, 200, 400, 800, 800, 800]);
  });

  it('starts again at the shortest delay after a stream that was stable', () => {
    expect(
      delays([
        end('connection-lost', 10),
        end('connection-lost', 10),
        end('connection-lost', 60_000),
        end('connection-lost', 10),
      ]),
    ).toEqual([100, 200, 100, 200]);
  });

  it('counts refusals and lost connections separately', () => {
    const lost = Array.from({ length: 8 }, () => end('connection-lost', 10));
    expect(
      delays([...lost, end('refused'), end('no-stream'), end('connection-lost', 10), end('refused')]).slice(8),
    ).toEqual([100, 200, 800, 100]);
  });

  it('delays by at most 10 ms, and starts again, when the kubelet is new', () => {
    const backOff = new RegistrationBackOff(middle);
    for (let i = 0; i < 5; i += 1) backOff.delayAfter(end('refused'), false);
    expect(backOff.delayAfter(end('connection-lost', 5), true)).toBe(5);
    expect(backOff.delayAfter(end('refused'), false)).toBe(100);
  });

  it('varies each delay by at most a quarter', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (chance) => {
        const [first = 0] = delays([end('refused')], () => chance);
        expect(first).toBeGreaterThanOrEqual(75);
        expect(first).toBeLessThanOrEqual(125);
      }),
    );
  });
});
