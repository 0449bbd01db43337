// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { driverReadLimit, sizeThreadPool } from '#adapters/host/thread-pool.ts';

describe('sizeThreadPool', () => {
  it('asks libuv for 32 threads, of which 28 may wait for drivers', () => {
    const environment: NodeJS.ProcessEnv = {};
    sizeThreadPool(environment);
    expect([environment['UV_THREADPOOL_SIZE'], driverReadLimit(environment)]).toEqual(['32', 28]);
  });

  it('keeps the size that the user set', () => {
    const environment: NodeJS.ProcessEnv = { UV_THREADPOOL_SIZE: '12' };
    sizeThreadPool(environment);
    expect([environment['UV_THREADPOOL_SIZE'], driverReadLimit(environment)]).toEqual(['12', 8]);
  });
});

describe('driverReadLimit', () => {
  it.each([
    [undefined, 2],
    ['2', 1],
    ['4', 2],
    ['8', 4],
    ['1024', 1020],
    ['no number', 2],
    ['0', 2],
  ])('leaves threads free in a pool of size %s', (size, limit) => {
    expect(driverReadLimit(size === undefined ? {} : { UV_THREADPOOL_SIZE: size })).toBe(limit);
  });
});
