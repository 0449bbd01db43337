// SPDX-License-Identifier: Apache-2.0
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { type LogFormat, StreamLogger } from '#adapters/log/stream-logger.ts';
import type { LogLevel } from '#ports/logger.ts';

/** A reader that keeps what it reads, and that can stop reading. */
class Reader extends Writable {
  readonly lines: string[] = [];
  private release: (() => void) | null = null;
  reading = true;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.lines.push(chunk.toString().trimEnd());
    if (this.reading) done();
    else this.release = done;
  }

  readOn(): void {
    this.reading = true;
    this.release?.();
  }
}

function loggerTo(reader: Reader, format: LogFormat = 'text', level: LogLevel = 'info'): StreamLogger {
  return new StreamLogger(reader, { format, level });
}

describe('the log', () => {
  it('writes a line of text with the fields behind the message', () => {
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

  it('writes a JSON object a line', () => {
    const reader = new Reader();
    loggerTo(reader, 'json').log('error', 'it broke', { resource: 'rdma/hca', shares: 0 });
    const line: unknown = JSON.parse(reader.lines[0] ?? '');
    expect(line).toMatchObject({ level: 'ERROR', message: 'it broke', resource: 'rdma/hca', shares: 0 });
  });

  it('leaves out what is below its level', () => {
    const reader = new Reader();
    const logger = loggerTo(reader, 'text', 'warning');
    for (const level of ['debug', 'info', 'warning', 'error'] as const) logger.log(level, level);
    expect(reader.lines.map((line) => line.split(' ')[2])).toEqual(['warning', 'error']);
  });

  it('drops messages while nobody reads, and says how many when somebody does', async () => {
    const reader = new Reader();
    const logger = loggerTo(reader);
    reader.reading = false;
    for (let i = 0; i < 5_000; i += 1) logger.log('info', 'x'.repeat(200));
    expect(reader.writableLength).toBeLessThan(300 * 1024);
    reader.readOn();
    await new Promise((resolve) => setImmediate(resolve));
    logger.log('info', 'back');
    const dropped = reader.lines.find((line) => line.includes('dropped'));
    expect(Number(/messages=(\d+)/.exec(dropped ?? '')?.[1])).toBe(5_000 - (reader.lines.length - 2));
  });

  it('goes on when its reader has gone', async () => {
    const reader = new Reader();
    const logger = loggerTo(reader);
    reader.destroy(new Error('EPIPE'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => logger.log('info', 'anybody?')).not.toThrow();
  });
});
