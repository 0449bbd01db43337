// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { type Logger, logProblem } from '#ports/logger.ts';

/** Logs a problem once when it appears and once when it is resolved. */
export class ProblemReport {
  private logged = new Map<string, Problem>();

  constructor(private readonly logger: Logger) {}

  /** Takes all current problems. */
  update(problems: readonly Problem[]): void {
    const before = this.logged;
    this.logged = new Map(problems.map((problem) => [`${identityOf(problem)} ${problem.message}`, problem]));
    for (const [key, problem] of this.logged) {
      if (!before.has(key)) logProblem(this.logger, 'warning', problem);
    }
    const current = new Set(problems.map(identityOf));
    for (const problem of before.values()) {
      const { code, subject } = problem;
      if (!current.has(identityOf(problem))) this.logger.log('info', 'problem resolved', { code, subject });
    }
  }
}

function identityOf({ code, subject }: Problem): string {
  return `${code} ${subject}`;
}
