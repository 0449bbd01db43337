// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { BoundedStep } from '#app/bounded-step.ts';
import { type Problem, ProblemError } from '#domain/problem/problem.ts';
import { HeldStep } from '../support/held-step.ts';
import { SteppedClock, settle } from '../support/stepped-clock.ts';

const timeout: Problem = { code: 'SLOW', actor: 'node', subject: 's', message: 'm.', remedy: 'r.' };

let clock: SteppedClock;
let work: HeldStep;
let step: BoundedStep;
let lateEnds: number;
beforeEach(() => {
  clock = new SteppedClock();
  work = new HeldStep();
  lateEnds = 0;
  step = new BoundedStep(clock, timeout, () => (lateEnds += 1));
});

async function failureOf(run: Promise<unknown>): Promise<unknown> {
  return await run.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('BoundedStep', () => {
  it('returns the result of the work and leaves no timer', async () => {
    expect(await step.run(async () => await Promise.resolve(7))).toBe(7);
    expect([clock.pending, lateEnds]).toEqual([0, 0]);
  });

  it('rejects with the failure of the work, and runs it again', async () => {
    const succeed = work.fail('EIO');
    await expect(step.run(() => work.pass())).rejects.toThrow('EIO');
    succeed();
    await step.run(() => work.pass());
    expect([work.started, lateEnds]).toEqual([2, 0]);
  });

  it('rejects at its deadline, and does not start the work again until it ends', async () => {
    const release = work.hold();
    const failure = failureOf(step.run(() => work.pass()));
    await clock.step(15_000);
    expect(await failure).toMatchObject({ problems: [timeout] });
    await expect(step.run(() => work.pass())).rejects.toBeInstanceOf(ProblemError);
    expect([work.started, lateEnds, clock.pending]).toEqual([1, 0, 0]);
    release();
    await settle();
    await step.run(() => work.pass());
    expect([work.started, lateEnds]).toEqual([2, 1]);
  });

  it('reports the late end of work that fails after the deadline', async () => {
    const release = work.hold();
    work.fail('EIO');
    const failure = failureOf(step.run(() => work.pass()));
    await clock.step(15_000);
    await failure;
    release();
    await settle();
    expect(lateEnds).toBe(1);
  });
});
