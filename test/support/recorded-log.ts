// SPDX-License-Identifier: Apache-2.0
import type { LogFields, LogLevel, Logger } from '#ports/logger.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that records its lines. */
export class RecordedLog implements Logger {
  readonly lines: LogLine[] = [];

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.lines.push({ level, message, fields });
  }

  /** Returns the messages, oldest first; only those of `level` if it is given. */
  messages(level?: LogLevel): readonly string[] {
    return this.lines.filter((line) => level === undefined || line.level === level).map((line) => line.message);
  }

  /** Returns the values of a field in the lines with this message. */
  valuesOf(message: string, field: string): readonly unknown[] {
    return this.lines.filter((line) => line.message === message).map((line) => line.fields[field]);
  }
}
