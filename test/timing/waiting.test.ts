// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { BackOff } from '#timing/back-off.ts';
import { withDeadline } from '#timing/deadline.ts';
import { Debounce } from '#timing/debounce.ts';
import { Pause } from '#timing/pause.ts';
import { SingleFlight } from '#timing/single-flight.ts';
import { Timers } from '#timing/timers.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

/** Work that ends on command. */
function controlledWork() {
  const ends: (() => void)[] = [];
  const work = (): Promise<void> =>
    new Promise((resolve) => {
      ends.push(resolve);
    });
  return { work, begun: () => ends.length, end: () => ends.at(-1)?.() };
}

describe('SingleFlight', () => {
  it('makes one more run of any number of requests during a run', async () => {
    const { work, begun, end } = controlledWork();
    const flight = new SingleFlight(work);
    const all = [flight.request()];
    await Promise.resolve();
    await Promise.resolve();
    all.push(flight.request(), flight.request());
    expect(begun()).toBe(1);
    end();
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun()).toBe(2);
    end();
    await Promise.all(all);
    expect(begun()).toBe(2);
  });

  it('makes one run of requests that are made together', async () => {
    let runs = 0;
    const flight = new SingleFlight(async () => {
      runs += 1;
    });
    await Promise.all([flight.request(), flight.request(), flight.request()]);
    expect(runs).toBe(1);
  });

  it('runs again after it was idle', async () => {
    let runs = 0;
    const flight = new SingleFlight(async () => {
      runs += 1;
    });
    await flight.request();
    await flight.request();
    expect(runs).toBe(2);
  });

  it('passes a failure on and works afterwards', async () => {
    let runs = 0;
    const flight = new SingleFlight(async () => {
      runs += 1;
      if (runs === 1) throw new Error('broken');
    });
    await expect(flight.request()).rejects.toThrow('broken');
    await flight.request();
    expect(runs).toBe(2);
  });

  it('is idle when the run under way has ended, and idle never rejects', async () => {
    const flight = new SingleFlight(async () => {
      throw new Error('broken');
    });
    const run = flight.request();
    await expect(flight.idle()).resolves.toBeUndefined();
    await expect(run).rejects.toThrow('broken');
  });
});

describe('Pause', () => {
  it('ends after its time', async () => {
    const clock = new SteppedClock();
    let over = false;
    void new Pause(clock).wait(100).then(() => (over = true));
    await clock.step(99);
    expect(over).toBe(false);
    await clock.step(1);
    expect(over).toBe(true);
  });

  it('ends at once when woken, and leaves no timer behind', async () => {
    const clock = new SteppedClock();
    const pause = new Pause(clock);
    const waiting = pause.wait(100);
    pause.wake();
    await waiting;
    expect(clock.pending).toBe(0);
  });

  it('does not remember a wake from before the wait', async () => {
    const clock = new SteppedClock();
    const pause = new Pause(clock);
    pause.wake();
    let over = false;
    void pause.wait(100).then(() => (over = true));
    await clock.step(50);
    expect(over).toBe(false);
  });
});

describe('Debounce', () => {
  it('makes one call of a burst, counted from its first trigger', async () => {
    const clock = new SteppedClock();
    let calls = 0;
    const debounce = new Debounce(clock, 50, () => (calls += 1));
    debounce.trigger();
    await clock.step(40);
    debounce.trigger();
    await clock.step(10);
    expect(calls).toBe(1);
    await clock.step(1_000);
    expect(calls).toBe(1);
  });

  it('calls nothing after it was stopped', async () => {
    const clock = new SteppedClock();
    let calls = 0;
    const debounce = new Debounce(clock, 50, () => (calls += 1));
    debounce.trigger();
    debounce.stop();
    debounce.trigger();
    await clock.step(1_000);
    expect([calls, clock.pending]).toEqual([0, 0]);
  });
});

describe('BackOff', () => {
  it('doubles up to the longest delay, and begins again after a reset', () => {
    const backOff = new BackOff({ firstMs: 100, longestMs: 350, jitter: 0 }, () => 0);
    expect([backOff.next(), backOff.next(), backOff.next(), backOff.next()]).toEqual([100, 200, 350, 350]);
    backOff.reset();
    expect(backOff.next()).toBe(100);
  });

  it('stays within its jitter', () => {
    const options = { firstMs: 100, longestMs: 100, jitter: 0.25 };
    expect(new BackOff(options, () => 0).next()).toBe(75);
    expect(new BackOff(options, () => 0.5).next()).toBe(100);
    expect(new BackOff(options, () => 0.999_999).next()).toBeCloseTo(125);
  });

  it('stays at the longest delay after thousands of failures', () => {
    const backOff = new BackOff({ firstMs: 100, longestMs: 10_000, jitter: 0 }, () => 0);
    const delays = Array.from({ length: 5_000 }, () => backOff.next());
    expect(delays.at(-1)).toBe(10_000);
  });
});

describe('withDeadline', () => {
  const late = (): string => 'late';

  it('gives the result of work that is in time, and leaves no timer behind', async () => {
    const clock = new SteppedClock();
    expect(await withDeadline(clock, 100, Promise.resolve('done'), late)).toBe('done');
    expect(clock.pending).toBe(0);
  });

  it('gives the substitute at the deadline, and drops a later failure', async () => {
    const clock = new SteppedClock();
    let fail: (error: Error) => void = () => {};
    const work = new Promise<string>((_, reject) => {
      fail = reject;
    });
    const result = withDeadline(clock, 100, work, late);
    await clock.step(100);
    expect(await result).toBe('late');
    fail(new Error('too late to matter'));
    await clock.step(1);
  });

  it('rejects as the work does', async () => {
    const failing = Promise.reject(new Error('broken'));
    await expect(withDeadline(new SteppedClock(), 100, failing, late)).rejects.toThrow('broken');
  });

  it('rejects with what the substitute throws', async () => {
    const clock = new SteppedClock();
    const result = withDeadline(clock, 100, new Promise<string>(() => {}), () => {
      throw new Error('took too long');
    });
    const outcome = expect(result).rejects.toThrow('took too long');
    await clock.step(100);
    await outcome;
  });
});

describe('Timers', () => {
  it('keeps one timer for each name, the newest', async () => {
    const clock = new SteppedClock();
    const timers = new Timers(clock);
    const fired: string[] = [];
    timers.set('scan', 100, () => fired.push('first'));
    timers.set('scan', 200, () => fired.push('second'));
    timers.set('plan', 50, () => fired.push('plan'));
    await clock.step(1_000);
    expect(fired).toEqual(['plan', 'second']);
  });

  it('takes a timer back, and all of them when it stops', async () => {
    const clock = new SteppedClock();
    const timers = new Timers(clock);
    const fired: string[] = [];
    timers.set('scan', 100, () => fired.push('scan'));
    timers.set('scan', null, () => {});
    timers.set('plan', 100, () => fired.push('plan'));
    timers.stop();
    timers.set('late', 1, () => fired.push('late'));
    await clock.step(1_000);
    expect([fired, clock.pending]).toEqual([[], 0]);
  });
});
