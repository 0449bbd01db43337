// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { type Logger, logProblem } from '#ports/logger.ts';

/** Tells problems once when they come and once when they go, however often they are found in between. */
export class ProblemReport {
  private known = new Map<string, Problem>();

  constructor(private readonly logger: Logger) {}

  /** Takes the whole present list of problems. */
  update(problems: readonly Problem[]): void {
    const now = new Map(problems.map((problem) => [`${problem.code} ${problem.subject} ${problem.message}`, problem]));
    for (const [key, problem] of now) {
      if (!this.known.has(key)) logProblem(this.logger, 'warning', problem);
    }
    const present = new Set(problems.map(identityOf));
    for (const problem of this.known.values()) {
      if (!present.has(identityOf(problem)))
        this.logger.log('info', 'problem resolved', { code: problem.code, subject: problem.subject });
    }
    this.known = now;
  }
}

function identityOf(problem: Problem): string {
  return `${problem.code} ${problem.subject}`;
}
