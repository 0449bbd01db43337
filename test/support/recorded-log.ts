// SPDX-License-Identifier: Apache-2.0
import type { LogFields, LogLevel, Logger } from '#ports/logger.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps what it is told. */
export class RecordedLog implements Logger {
  readonly lines: LogLine[] = [];

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.lines.push({ level, message, fields });
  }

  /** The messages, oldest first; of one level where it is given. */
  messages(level?: LogLevel): readonly string[] {
    return this.lines.filter((line) => level === undefined || line.level === level).map((line) => line.message);
  }

  /** The values of one field of the lines with that message. */
  valuesOf(message: string, field: string): readonly unknown[] {
    return this.lines.filter((line) => line.message === message).map((line) => line.fields[field]);
  }
}
