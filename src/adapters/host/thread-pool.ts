// SPDX-License-Identifier: Apache-2.0

/**
 * How many threads libuv runs asynchronous file operations on. Its default is 4: as many drivers that do not
 * answer would stop every other file operation and DNS lookup of this program. An idle thread costs 20 µs at
 * startup and some kilobytes.
 */
const threads = 32;
const defaultThreads = 4;
const variable = 'UV_THREADPOOL_SIZE';

/**
 * Sets the size of libuv's thread pool, unless the user has. libuv reads it at the first asynchronous file operation
 * (src/threadpool.c, init_threads), so later calls have no effect.
 */
export function sizeThreadPool(environment: NodeJS.ProcessEnv): void {
  environment[variable] ??= String(threads);
}

/** Returns how many reads of drivers may run at a time, so that threads stay free for everything else. */
export function driverReadLimit(environment: NodeJS.ProcessEnv): number {
  const size = Number(environment[variable] ?? defaultThreads);
  const usable = Number.isInteger(size) && size > 1 ? size : defaultThreads;
  return Math.max(usable - 4, Math.floor(usable / 2));
}
