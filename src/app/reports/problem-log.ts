// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '#domain/collections/group-by.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { firstOf } from '#domain/text/first-of.ts';
import { type Logger, logProblem } from '#ports/logger.ts';

/**
 * How many problems with one code are logged one by one in one update. A node can have a thousand HCAs, and they fail
 * together: the others share one line.
 */
const loggedOneByOne = 8;

/** How many subjects such a line names. */
const subjectsShown = 8;

/**
 * Logs problems once when they appear, again when their message changes, and once when they are cleared: resolved, or
 * too old to matter.
 */
export class ProblemLog {
  private problems = new Map<string, Problem>();

  constructor(private readonly logger: Logger) {}

  /** Takes all current problems. */
  update(problems: readonly Problem[]): void {
    const before = this.problems;
    this.problems = new Map(problems.map((problem) => [`${identityOf(problem)} ${problem.message}`, problem]));
    const current = new Set(problems.map(identityOf));
    const appeared = [...this.problems].filter(([key]) => !before.has(key)).map(([, problem]) => problem);
    const cleared = [...before.values()].filter((problem) => !current.has(identityOf(problem)));
    for (const alike of groupBy(appeared, ({ code }) => code).values()) this.logAppeared(alike);
    for (const alike of groupBy(cleared, ({ code }) => code).values()) this.logCleared(alike);
  }

  private logAppeared(alike: readonly Problem[]): void {
    const shown = alike.length > loggedOneByOne ? 1 : alike.length;
    for (const problem of alike.slice(0, shown)) logProblem(this.logger, 'warning', problem);
    if (alike.length > shown) this.logger.log('warning', 'more problems like this', summaryOf(alike.slice(shown)));
  }

  private logCleared(alike: readonly Problem[]): void {
    if (alike.length > loggedOneByOne) this.logger.log('info', 'problems cleared', summaryOf(alike));
    else for (const { code, subject } of alike) this.logger.log('info', 'problem cleared', { code, subject });
  }
}

function identityOf({ code, subject }: Problem): string {
  return `${code} ${subject}`;
}

function summaryOf(alike: readonly Problem[]): { readonly code: string; readonly count: number; subjects: string } {
  const subjects = firstOf(
    alike.map(({ subject }) => subject),
    subjectsShown,
  );
  return { code: alike[0]?.code ?? '', count: alike.length, subjects };
}
