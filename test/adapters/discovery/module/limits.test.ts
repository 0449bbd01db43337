// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AnswerReader, maxAnswerBytes, maxMessagesPerSecond } from '#adapters/discovery/module/answer-reader.ts';
import { limitOutput, output } from '#adapters/discovery/module/limited-output.ts';
import { maxPrivateMb, watchMemory } from '#adapters/discovery/module/memory-watch.ts';
import { type ModuleProcess, moduleStarter } from '#adapters/discovery/module/process.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { livenessMs } from '../../../support/node-fixture.ts';
import { SteppedClock, settle } from '../../../support/stepped-clock.ts';
import { until } from '../../../support/until.ts';

describe('AnswerReader', () => {
  let clock: SteppedClock;
  let messages: unknown[];
  let excesses: string[];
  let reader: AnswerReader;
  beforeEach(() => {
    clock = new SteppedClock();
    [messages, excesses] = [[], []];
    reader = new AnswerReader(clock, {
      onMessage: (message) => messages.push(message),
      onExcess: (excess) => excesses.push(excess),
    });
  });
  const take = (text: string): void => reader.take(Buffer.from(text));

  it('reads lines in any parts', () => {
    for (const byte of Buffer.from('{"a":"ü"}\n[1]\n"x')) reader.take(Buffer.from([byte]));
    take('"\n7\n');
    expect([messages, excesses]).toEqual([[{ a: 'ü' }, [1], 'x', 7], []]);
  });

  it('stops at an answer that is too long, before it has ended', () => {
    take('x'.repeat(maxAnswerBytes));
    expect(excesses).toEqual([]);
    take('x');
    take('"\n7\n');
    expect([messages, excesses]).toEqual([[], ['it answered with more than 4 MiB']]);
  });

  it('stops at too many messages in a second, and takes any number over time', async () => {
    for (let second = 0; second < 100; second += 1) {
      take('1\n'.repeat(maxMessagesPerSecond));
      await clock.step(1_000);
    }
    expect(messages).toHaveLength(100 * maxMessagesPerSecond);
    take('1\n'.repeat(100_000));
    expect([messages.length, excesses.length]).toEqual([101 * maxMessagesPerSecond, 1]);
  });

  it('stops at what is not JSON', () => {
    take('hello\n');
    expect(excesses).toEqual(['it wrote to a descriptor that is not its own']);
  });
});

describe('limitOutput', () => {
  it('copies what is printed at once, and then a part in each second', async () => {
    const clock = new SteppedClock();
    const [from, to] = [new PassThrough({ highWaterMark: 1 << 20 }), new PassThrough({ highWaterMark: 1 << 24 })];
    const stop = limitOutput(from, to, clock);
    for (let i = 0; i < 100; i += 1) from.write(Buffer.alloc(output.burstBytes / 16));
    await settle();
    const first = to.readableLength;
    expect(first).toBeLessThanOrEqual(output.burstBytes + output.burstBytes / 16);
    await clock.step(60_000);
    const copied = to.readableLength - first;
    expect([copied > 50 * output.bytesPerSecond, copied <= 61 * output.bytesPerSecond]).toEqual([true, true]);
    stop();
    await clock.step(3_600_000);
    expect(clock.pending).toBe(0);
  });
});

describe('watchMemory', () => {
  it('reports a process that uses too much, once, and keeps no timer', async () => {
    const clock = new SteppedClock();
    const excesses: string[] = [];
    // This process is small until it has this.
    const stop = watchMemory(process.pid, clock, (excess) => excesses.push(excess));
    const ballast = Buffer.alloc((maxPrivateMb + 64) << 20, 1);
    await clock.step(1_000);
    expect([excesses, clock.pending, ballast[5]]).toEqual([[`it uses more than ${maxPrivateMb} MiB of memory`], 0, 1]);
    stop();
  });

  it('does not mind a process that has ended', async () => {
    const clock = new SteppedClock();
    const stop = watchMemory(2 ** 22 + 1, clock, () => expect(true).toBe(false));
    await clock.step(10_000);
    stop();
    expect(clock.pending).toBe(0);
  });
});

describe('moduleStarter', () => {
  let directory: string;
  let process: ModuleProcess | null;
  let messages: unknown[];
  let ends: string[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'module-limits-'));
    [process, messages, ends] = [null, [], []];
  });
  afterEach(() => {
    process?.end();
    rmSync(directory, { recursive: true });
  });

  /** Starts a module and scans once. */
  function start(code: string): void {
    const file = join(directory, 'acme.mjs');
    writeFileSync(file, code);
    process = moduleStarter(new SystemClock(), new PassThrough().resume())(
      file,
      { hostRoot: '/host' },
      { onMessage: (message) => messages.push(message), onEnd: (cause) => ends.push(cause) },
    );
    process.post({ ask: 'watch' });
    process.post({ ask: 'scan', id: 1 });
  }
  const module = (body: string, watch = ''): string =>
    `export const createDiscovery = ({ hostRoot }) => ({ discovery: { scan: async () => { ${body} } }, hints: { watch: (hint) => { ${watch} } } });`;

  it(
    'exchanges options and answers with a module',
    async () => {
      start(module('return { hcas: [], hostRoot };'));
      await until(() => messages.length > 0);
      expect([messages, ends]).toEqual([[{ id: 1, answer: { hcas: [], hostRoot: '/host' } }], []]);
    },
    livenessMs,
  );

  it(
    'takes one hint of a module that hints all the time',
    async () => {
      start(module('return { hcas: [] };', 'setInterval(() => { for (let i = 0; i < 1000; i += 1) hint(); }, 1);'));
      await until(() => messages.length > 1);
      process?.post({ ask: 'scan', id: 2 });
      await until(() => messages.length > 2);
      expect([messages.filter((message) => JSON.stringify(message) === '{"hint":true}').length, ends]).toEqual([1, []]);
      process?.post({ ask: 'hintTaken' });
      await until(() => messages.length > 3);
    },
    livenessMs,
  );

  it.each([
    [
      'leaks memory outside its heap',
      'globalThis.kept = []; setInterval(() => globalThis.kept.push(Buffer.alloc(8e6, 1)), 20);',
      /^it uses more than 96 MiB of memory$/,
    ],
    [
      'uses up its heap',
      'const kept = []; for (;;) kept.push({ a: [kept.length] });',
      /^(its process ended with (SIG\w+|code \d+)|it uses more than 96 MiB of memory)$/,
    ],
    ['answers with too much', 'return { hcas: ["x".repeat(5e6)] };', /^it answered with more than 4 MiB$/],
    ['exits', 'process.exit(3)', /^its process ended with code 3$/],
    [
      'is killed',
      'process.kill(process.pid, "SIGSEGV"); await new Promise(() => {})',
      /^its process ended with SIGSEGV$/,
    ],
    [
      'throws in a timer',
      'setTimeout(() => { throw new TypeError("x is null"); }); await new Promise(() => {})',
      /^TypeError: x is null\n[^]*acme\.mjs:1:\d+/,
    ],
    [
      'writes to what is not its own',
      '(await import("node:fs")).writeSync(3, "hello\\n".repeat(10));',
      /^it wrote to a descriptor that is not its own$/,
    ],
    [
      'posts without end',
      'const fs = await import("node:fs"); for (;;) try { fs.writeSync(3, "1\\n".repeat(1000)); } catch {}',
      /^it posted more than 50 messages in a second$/,
    ],
  ])(
    'ends a module that %s, and says why',
    async (_, body, cause) => {
      start(module(body));
      await until(() => ends.length > 0);
      expect(ends).toEqual([expect.stringMatching(cause)]);
    },
    livenessMs,
  );
});
