// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

/** Values that belong to a message; names in camelCase. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where the program tells what happens. A call never throws and never waits for the reader of the log.
 * A message is a whole phrase that stands without its fields; it says a thing when it changes, not each period.
 */
export abstract class Logger {
  abstract log(level: LogLevel, message: string, fields?: LogFields): void;
}

/** Logs a problem: its message, and as fields what scripts search for and what a person has to do. */
export function logProblem(logger: Logger, level: LogLevel, { message, code, subject, remedy }: Problem): void {
  logger.log(level, message, { code, subject, remedy });
}
