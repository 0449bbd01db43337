// SPDX-License-Identifier: Apache-2.0
import type { Writable } from 'node:stream';
import { type LogRecord, type TextFormatter, getJsonLinesFormatter, getTextFormatter } from '@logtape/logtape';
import type { LogFields, LogLevel, Logger } from '#ports/logger.ts';

export const logFormats = ['text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];
export const logLevels = ['debug', 'info', 'warning', 'error'] as const satisfies readonly LogLevel[];

/** What may wait for a reader that has stopped reading before messages are dropped. */
const maxWaitingBytes = 256 * 1024;

/**
 * Writes one line a message. A reader that does not read costs messages, counted and told when it reads again, and never
 * holds up the program.
 */
export class StreamLogger implements Logger {
  private dropped = 0;
  private readonly format: TextFormatter;
  private readonly lowest: number;

  constructor(
    private readonly stream: Writable,
    options: { readonly level: LogLevel; readonly format: LogFormat },
  ) {
    this.format = options.format === 'json' ? jsonLine : textLine;
    this.lowest = logLevels.indexOf(options.level);
    // A reader that has gone is no reason to stop serving.
    stream.on('error', () => {});
  }

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (logLevels.indexOf(level) < this.lowest) return;
    if (this.stream.writableLength > maxWaitingBytes) {
      this.dropped += 1;
      return;
    }
    if (this.dropped > 0) this.tellDropped();
    this.write(level, message, fields);
  }

  private tellDropped(): void {
    const messages = this.dropped;
    this.dropped = 0;
    this.write('warning', 'log messages were dropped because nobody read them', { messages });
  }

  private write(level: LogLevel, message: string, properties: LogFields): void {
    const record: LogRecord = {
      category: ['rdma-shared-dp'],
      level,
      message: [message],
      rawMessage: message,
      timestamp: Date.now(),
      properties: { ...properties },
    };
    this.stream.write(this.format(record));
  }
}

const jsonLine = getJsonLinesFormatter({ message: 'rendered', properties: 'flatten' });

const textLine = getTextFormatter({
  timestamp: 'rfc3339',
  level: 'FULL',
  format: ({ timestamp, level, message, record }) => `${timestamp} ${level} ${message}${fieldsOf(record.properties)}`,
});

function fieldsOf(properties: LogFields): string {
  return Object.entries(properties)
    .map(
      ([name, value]) =>
        ` ${name}=${typeof value === 'string' && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)}`,
    )
    .join('');
}
