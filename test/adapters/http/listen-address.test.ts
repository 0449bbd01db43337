// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { parseListenAddress } from '#adapters/http/listen-address.ts';

describe('parseListenAddress', () => {
  it.each([
    [':9464', undefined, 9464],
    ['127.0.0.1:9464', '127.0.0.1', 9464],
    ['localhost:0', 'localhost', 0],
    ['[::1]:65535', '::1', 65_535],
    [' 0.0.0.0:80 ', '0.0.0.0', 80],
  ])('reads %j', (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port });
  });

  it.each([
    '',
    '9464',
    '127.0.0.1',
    '127.0.0.1:',
    ':65536',
    ':-1',
    ':9464/metrics',
    'http://x:9464',
    '::1:9464',
    'a b:1',
    ':94640000',
  ])('returns null for %j', (text) => {
    expect(parseListenAddress(text)).toBeNull();
  });
});
