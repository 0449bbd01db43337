// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, problemsOf } from '#domain/problem/problem.ts';

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

/** The values that belong to a message. Names are in camelCase. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes the log. An implementation must guarantee that a call never throws and never waits for the reader of the log.
 * A message is a short clause that makes sense without its fields. Callers log changes, not states.
 */
export abstract class Logger {
  abstract log(level: LogLevel, message: string, fields?: LogFields): void;
}

/** Logs a problem: its message, with the code, subject and remedy as fields. */
export function logProblem(logger: Logger, level: LogLevel, problem: Problem, more: LogFields = {}): void {
  const { message, code, subject, remedy } = problem;
  logger.log(level, message, { code, subject, remedy, ...more });
}

/** Logs the problems of an error. Any error but a ProblemError is a defect, and its stack is logged too. */
export function logError(logger: Logger, error: unknown): void {
  const stack = error instanceof Error && !(error instanceof ProblemError) ? { stack: error.stack } : {};
  for (const problem of problemsOf(error)) logProblem(logger, 'error', problem, stack);
}
