// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { eventMessage } from '#adapters/kubernetes/node/event-object.ts';

describe('eventMessage', () => {
  it('joins message and closing', () => {
    expect(eventMessage({ message: 'x is bad.', closing: 'Fix x.' })).toBe('x is bad. Fix x.');
    expect(eventMessage({ message: 'x is good.', closing: '' })).toBe('x is good.');
  });

  it('cuts the message to 1024 bytes in all, and keeps the closing', () => {
    const text = eventMessage({ message: `ü${'ö'.repeat(2_000)}.`, closing: 'Fix x.' });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
    expect(Buffer.byteLength(text)).toBeGreaterThan(1020);
    expect(text).toMatch(/ö… Fix x\.$/);
  });

  it('cuts a closing that is longer than half of that', () => {
    const text = eventMessage({ message: 'm'.repeat(2_000), closing: 'c'.repeat(2_000) });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
    expect(text).toMatch(/^m{500,}… c{500,}…$/);
  });
});
