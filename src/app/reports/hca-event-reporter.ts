// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '#domain/collections/group-by.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { firstOf } from '#domain/text/first-of.ts';
import type { Clock } from '#ports/clock.ts';
import type { NodeEvents } from '#ports/node-events.ts';
import { Timers } from '#timing/timers.ts';

/** Drivers load late at boot, and links flap: a condition that ends sooner is only logged. */
const settleMs = 60_000;

/** HCAs fail together, and a node may post only some Events: more of one kind than this share one Event. */
const postedOneByOne = 3;

/** How many HCAs such an Event names. */
const subjectsShown = 8;

/** One condition, since when it has lasted, and whether an Event was posted about it. */
interface Reported {
  readonly problem: Problem;
  readonly since: number;
  isPosted: boolean;
}

/** Posts an Event about each HCA that needs attention for a minute, and one when it no longer does. */
export class HcaEventReporter {
  private readonly timers: Timers;
  /** By code and subject. */
  private current = new Map<string, Reported>();

  constructor(
    private readonly events: NodeEvents,
    private readonly clock: Clock,
  ) {
    this.timers = new Timers(clock);
  }

  /** Takes the problems of all HCAs that need attention (see conditionProblem). */
  update(problems: readonly Problem[]): void {
    const before = this.current;
    const now = this.clock.now();
    this.current = new Map(
      problems.map((problem) => {
        const key = `${problem.code} ${problem.subject}`;
        const known = before.get(key);
        return [key, { problem, since: known?.since ?? now, isPosted: known?.isPosted ?? false }];
      }),
    );
    this.postEnded([...before].filter(([key, { isPosted }]) => isPosted && !this.current.has(key)));
    this.wait();
  }

  stop(): void {
    this.timers.stop();
  }

  private wait(): void {
    const waiting = [...this.current.values()].filter(({ isPosted }) => !isPosted);
    const first = Math.min(...waiting.map(({ since }) => since));
    const delay = waiting.length === 0 ? null : first + settleMs - this.clock.now();
    this.timers.set('settle', delay, () => this.postSettled());
  }

  private postSettled(): void {
    const now = this.clock.now();
    const settled = [...this.current.values()].filter(({ since, isPosted }) => !isPosted && now - since >= settleMs);
    for (const one of settled) one.isPosted = true;
    for (const alike of groupBy(
      settled.map(({ problem }) => problem),
      ({ code }) => code,
    ).values())
      this.postAlike(alike);
    this.wait();
  }

  private postAlike(alike: readonly Problem[]): void {
    const isGrouped = alike.length > postedOneByOne;
    for (const { code, subject, message, remedy } of isGrouped ? alike.slice(0, 1) : alike) {
      const more = isGrouped ? ` The same problem, ${code}, on: ${listed(alike.slice(1))}.` : '';
      const reason = code === 'HCA_CHANGED' ? 'RdmaHcaChanged' : 'RdmaHcaUnavailable';
      this.events.post({
        about: aboutOf(code, subject),
        type: 'Warning',
        reason,
        message: `${message}${more}`,
        closing: remedy,
      });
    }
  }

  /** The end of a change is only that it is too old to matter. */
  private postEnded(ended: readonly (readonly [string, Reported])[]): void {
    const problems = ended.map(([, { problem }]) => problem).filter(({ code }) => code !== 'HCA_CHANGED');
    for (const alike of groupBy(problems, ({ code }) => code).values()) {
      const [{ code, subject } = { code: '', subject: '' }] = alike;
      const message = `${code} no longer applies to ${listed(alike)}.`;
      this.events.post({
        about: aboutOf(code, subject),
        type: 'Normal',
        reason: 'RdmaHcaCleared',
        message,
        closing: '',
      });
    }
  }
}

function aboutOf(code: string, subject: string): string {
  return `${code} ${subject}`;
}

function listed(problems: readonly Problem[]): string {
  return firstOf(
    problems.map(({ subject }) => subject),
    subjectsShown,
  );
}
