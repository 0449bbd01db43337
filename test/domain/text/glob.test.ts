// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { globsOverlap, matchesGlob } from '#domain/text/glob.ts';

describe('matchesGlob', () => {
  it.each([
    ['mlx5_0', 'mlx5_0', true],
    ['mlx5_0', 'mlx5_01', false],
    ['mlx5_*', 'mlx5_', true],
    ['*', '', true],
    ['', '', true],
    ['?', '', false],
    ['ens?f0', 'ens1f0', true],
    ['ens*f0', 'ens12f0np0', false],
    ['*f*f1', 'f0f0f1', true],
    ['mlx5_[0-3]', 'mlx5_3', true],
    ['mlx5_[0-3]', 'mlx5_4', false],
    ['mlx5_[!0-3]', 'mlx5_4', true],
    ['mlx5_[!0-3]', 'mlx5_', false],
    ['[ab-]', '-', true],
    ['[]]', ']', true],
    ['a[b', 'a[b', true],
    ['a.c', 'abc', false],
  ])('with %j and %j returns %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it('matches a pattern without special characters only with itself', () => {
    const plain = fc.stringMatching(/^[a-z0-9_.:]{0,8}$/);
    fc.assert(fc.property(plain, plain, (one, other) => expect(matchesGlob(one, other)).toBe(one === other)));
  });

  it('agrees with the equivalent regular expression', () => {
    const expression = (pattern: string): RegExp =>
      new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
    fc.assert(
      fc.property(fc.stringMatching(/^[ab*?]{0,8}$/), fc.stringMatching(/^[ab]{0,8}$/), (pattern, text) => {
        expect(matchesGlob(pattern, text)).toBe(expression(pattern).test(text));
      }),
    );
  });

  it('is fast with a pattern that is made to be slow', () => {
    expect(matchesGlob(`${'a*'.repeat(200)}b`, 'a'.repeat(2000))).toBe(false);
  });
});

describe('globsOverlap', () => {
  it.each([
    ['mem', 'mem', true],
    ['mem', 'kmem', false],
    ['s*', 'sg[0-9]*', true],
    ['nvidia*', 'nvme*', false],
    ['*m', 'k*', true],
    ['[a-f]', '[f-z]', true],
    ['[a-f]', '[g-z]', false],
    ['[!a]', 'a', false],
    ['?', '', false],
    ['*', '', true],
    ['a*b', 'a*c', false],
    ['a?', 'a', false],
  ])('with %j and %j returns %s', (one, other, expected) => {
    expect(globsOverlap(one, other)).toBe(expected);
    expect(globsOverlap(other, one)).toBe(expected);
  });

  it('finds an overlap exactly if some text matches both', () => {
    const pattern = fc.stringMatching(/^([ab*?]|\[[ab]\]){0,4}$/);
    const texts = ['', 'a', 'b'];
    for (let at = 0; texts.length < 2 ** 9 - 1; at += 1) {
      const text = texts[at + 1] ?? '';
      texts.push(`${text}a`, `${text}b`);
    }
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        const isShared = texts.some((text) => matchesGlob(one, text) && matchesGlob(other, text));
        expect(globsOverlap(one, other)).toBe(isShared);
      }),
    );
  });

  it('is fast with patterns that are made to be slow', () => {
    expect(globsOverlap('a*'.repeat(120), `${'?*'.repeat(120)}b`)).toBe(true);
  });
});
