// SPDX-License-Identifier: Apache-2.0
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { type LogFormat, StreamLogger } from '#adapters/log/stream-logger.ts';
import type { LogLevel } from '#ports/logger.ts';

/** A reader that records what it reads and can pause. */
class Reader extends Writable {
  readonly lines: string[] = [];
  private release: (() => void) | null = null;
  reading = true;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.lines.push(chunk.toString().trimEnd());
    if (this.reading) done();
    else this.release = done;
  }

  continueReading(): void {
    this.reading = true;
    this.release?.();
  }
}

function loggerTo(reader: Reader, format: LogFormat = 'text', level: LogLevel = 'info'): StreamLogger {
  return new StreamLogger(reader, { format, level });
}

describe('StreamLogger', () => {
  it('writes one line of text per message, with the fields after it', () => {
    const reader = new Reader();
    loggerTo(reader).log('warning', 'shares offered', {
      resource: 'rdma/hca',
      shares: 3,
      hcas: ['a b'],
      why: 'it "is"\nso',
    });
    expect(reader.lines).toHaveLength(1);
    expect(reader.lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z WARNING shares offered resource=rdma\/hca shares=3 hcas=\["a b"\] why="it \\"is\\"\\nso"$/,
    );
  });

  it('writes control characters as escapes, so that one message is one line and nothing moves the terminal', () => {
    const reader = new Reader();
    loggerTo(reader).log('info', 'a\nb\u001b[31m\u009b\u2028\u202e', { text: '\u009b2J', 'na\nme': 'x\ny' });
    expect(reader.lines).toHaveLength(1);
    expect(reader.lines[0]).not.toMatch(/\p{C}/u);
    expect(reader.lines[0]).toContain('a\\u000ab\\u001b[31m\\u009b\\u2028\\u202e');
  });

  it('writes one JSON object per line in the format json', () => {
    const reader = new Reader();
    loggerTo(reader, 'json').log('error', 'it broke', { resource: 'rdma/hca', shares: 0 });
    const line: unknown = JSON.parse(reader.lines[0] ?? '');
    expect(line).toMatchObject({ level: 'ERROR', message: 'it broke', resource: 'rdma/hca', shares: 0 });
  });

  it('does not write messages below its level', () => {
    const reader = new Reader();
    const logger = loggerTo(reader, 'text', 'warning');
    for (const level of ['debug', 'info', 'warning', 'error'] as const) logger.log(level, level);
    expect(reader.lines.map((line) => line.split(' ')[2])).toEqual(['warning', 'error']);
  });

  it('drops messages while the reader is paused, and logs how many when it continues', async () => {
    const reader = new Reader();
    const logger = loggerTo(reader);
    reader.reading = false;
    for (let i = 0; i < 5_000; i += 1) logger.log('info', 'x'.repeat(200));
    expect(reader.writableLength).toBeLessThan(300 * 1024);
    reader.continueReading();
    await new Promise((resolve) => setImmediate(resolve));
    logger.log('info', 'back');
    const dropped = reader.lines.find((line) => line.includes('dropped'));
    expect(Number(/messages=(\d+)/.exec(dropped ?? '')?.[1])).toBe(5_000 - (reader.lines.length - 2));
  });

  it('does not throw after its reader was closed', async () => {
    const reader = new Reader();
    const logger = loggerTo(reader);
    reader.destroy(new Error('EPIPE'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => logger.log('info', 'unread')).not.toThrow();
  });
});
