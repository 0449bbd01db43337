// SPDX-License-Identifier: Apache-2.0
import type { Writable } from 'node:stream';
import {
  type LogRecord,
  type TextFormatter,
  compareLogLevel,
  getJsonLinesFormatter,
  getTextFormatter,
} from '@logtape/logtape';
import { escapeControls } from '#domain/text/printable.ts';
import type { LogFields, LogLevel, Logger } from '#ports/logger.ts';

export type LogFormat = 'text' | 'json';

/** How much may wait for a slow reader. Further messages are dropped. */
const maxBufferedBytes = 256 * 1024;

/**
 * Writes one line per message. If the reader of the stream stops reading, messages are dropped and counted; the count
 * is logged when it reads again. A slow or closed reader never delays the program.
 */
export class StreamLogger implements Logger {
  private dropped = 0;

  constructor(
    private readonly stream: Writable,
    private readonly options: { readonly level: LogLevel; readonly format: LogFormat },
  ) {
    // A closed reader is not a reason to stop serving.
    stream.on('error', () => {});
  }

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (compareLogLevel(level, this.options.level) < 0) return;
    if (this.stream.writableLength > maxBufferedBytes) {
      this.dropped += 1;
      return;
    }
    if (this.dropped > 0) this.logDropped();
    this.write(level, message, fields);
  }

  private logDropped(): void {
    const messages = this.dropped;
    this.dropped = 0;
    this.write('warning', 'log messages dropped because the reader was too slow', { messages });
  }

  private write(level: LogLevel, message: string, fields: LogFields): void {
    const record: LogRecord = {
      category: ['rdma-shared-dp'],
      level,
      // The library resets the colors of a terminal after a message with escapes, so it must not see any.
      message: [this.options.format === 'text' ? escapeControls(message) : message],
      rawMessage: message,
      timestamp: Date.now(),
      properties: { ...fields },
    };
    this.stream.write(formatters[this.options.format](record));
  }
}

// Only formatters: the rest of the library, with global configuration and templates, would add 33 kB to each start.
const formatters: Readonly<Record<LogFormat, TextFormatter>> = {
  json: getJsonLinesFormatter({ message: 'rendered', properties: 'flatten' }),
  text: getTextFormatter({
    timestamp: 'rfc3339',
    level: 'FULL',
    format: ({ timestamp, level, message, record }) =>
      escapeControls(`${timestamp} ${level} ${message}${textOf(record.properties)}`),
  }),
};

function textOf(fields: LogFields): string {
  return Object.entries(fields)
    .map(([name, value]) => ` ${name}=${isPlain(value) ? value : JSON.stringify(value)}`)
    .join('');
}

function isPlain(value: unknown): value is string {
  return typeof value === 'string' && /^[\w./:@-]+$/.test(value);
}
