// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ClientLimits } from '#adapters/http/client-limits.ts';

describe('ClientLimits', () => {
  let now: number;
  let limits: ClientLimits;
  beforeEach(() => {
    now = 0;
    limits = new ClientLimits(() => now);
  });

  /** Opens a number of connections, which stay open. Returns the functions that close those that were admitted. */
  function open(count: number, addressOf: (i: number) => string = () => 'a'): readonly (() => void)[] {
    return Array.from({ length: count }, (_, i) => limits.admit(addressOf(i))).filter((close) => close !== null);
  }

  /** Opens and closes connections at once. Returns how many were admitted. */
  function openAndClose(count: number, addressOf?: (i: number) => string): number {
    let admitted = 0;
    for (let i = 0; i < count; i += 1) {
      const closes = open(1, () => addressOf?.(i) ?? 'a');
      for (const close of closes) close();
      admitted += closes.length;
    }
    return admitted;
  }

  it('serves a scraper, however long it goes on', () => {
    for (; now < 3_600_000; now += 1_000) expect(openAndClose(1)).toBe(1);
  });

  it('keeps 8 connections of an address open at most, and others can connect', () => {
    const held = open(20);
    expect([held.length, open(1, () => 'b').length]).toEqual([8, 1]);
    now = 1_000;
    expect(open(1)).toHaveLength(0);
    held[0]?.();
    expect(open(5)).toHaveLength(1);
  });

  it('serves 20 connections a second of an address at most', () => {
    expect(openAndClose(100)).toBe(20);
    now = 500;
    expect(openAndClose(100)).toBe(10);
    now = 3_600_000;
    expect(openAndClose(100)).toBe(20);
  });

  it('serves an address that floods a connection again after a second', () => {
    expect(openAndClose(1)).toBe(1);
    limits.penalize('a');
    now = 990;
    expect([openAndClose(1), openAndClose(1, () => 'b')]).toEqual([0, 1]);
    now = 1_010;
    expect(openAndClose(1)).toBe(1);
  });

  it('keeps 32 connections open in all, and serves 50 a second', () => {
    expect(open(100, (i) => `address ${i}`)).toHaveLength(32);
    limits = new ClientLimits(() => now);
    expect(openAndClose(200, (i) => `address ${i % 100}`)).toBe(64);
    now += 1_000;
    expect(openAndClose(200, (i) => `address ${i % 100}`)).toBe(50);
  });

  it('remembers 256 addresses at most, and forgets those that are gone', () => {
    let served = 0;
    for (let i = 0; i < 1_000; i += 1) {
      now += 100;
      served += openAndClose(1, () => `address ${i}`);
    }
    expect(served).toBe(1_000);
  });
});
