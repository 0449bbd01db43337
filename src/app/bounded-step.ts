// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import { withDeadline } from '#timing/deadline.ts';

/** A step takes milliseconds. One that takes this long is stuck. */
const stepDeadlineMs = 15_000;

/** The predicate of a timeout message; its subject is the step. */
export const unfinished = `has not finished after ${stepDeadlineMs / 1000} s and is still running`;

/**
 * A step of a round that always ends: at its deadline it rejects with a ProblemError of `timeout`, while the work goes
 * on. Until the work ends, further runs reject immediately instead of starting it again; then `onLate` is called.
 */
export class BoundedStep {
  private isStuck = false;

  constructor(
    private readonly clock: Clock,
    readonly timeout: Problem,
    private readonly onLate: () => void,
  ) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isStuck) throw new ProblemError([this.timeout]);
    const running = work();
    return await withDeadline(this.clock, stepDeadlineMs, running, () => {
      this.isStuck = true;
      void running.catch(() => {}).then(() => this.endedLate());
      throw new ProblemError([this.timeout]);
    });
  }

  private endedLate(): void {
    this.isStuck = false;
    this.onLate();
  }
}
