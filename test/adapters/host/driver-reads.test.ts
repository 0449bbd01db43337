// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DriverReads, answerMs } from '#adapters/host/driver-reads.ts';
import { HeldReads } from '../../support/held-reads.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

describe('DriverReads', () => {
  let clock: SteppedClock;
  let held: HeldReads;
  let drivers: DriverReads;
  const start = (limit = 28): void => {
    drivers = new DriverReads(clock, held.read, limit);
  };
  beforeEach(() => {
    clock = new SteppedClock();
    held = new HeldReads((path) => `text of ${path}`);
    start();
  });

  const ask = (device: string, ...paths: readonly string[]) =>
    drivers.ask(device, async (read) => {
      const texts: (string | null)[] = [];
      for (const path of paths) texts.push(await read(path));
      return texts;
    });

  it('resolves to what the work read', async () => {
    expect(await ask('a', 'a/state', 'a/rate')).toEqual({
      answered: true,
      value: ['text of a/state', 'text of a/rate'],
    });
    expect(clock.pending).toBe(0);
  });

  it('names the attribute that is stuck after 5 s, and asks other devices meanwhile', async () => {
    held.hold('a/rate');
    const stuck = ask('a', 'a/state', 'a/rate', 'a/link_layer');
    expect(await ask('b', 'b/state')).toEqual({ answered: true, value: ['text of b/state'] });
    await clock.step(answerMs);
    expect(await stuck).toEqual({ answered: false, path: 'a/rate' });
  });

  it('returns immediately while the read is stuck, without another read of that device', async () => {
    held.hold('a/state');
    const stuck = ask('a', 'a/state');
    await clock.step(answerMs);
    await stuck;
    expect(await ask('a', 'a/fw_ver')).toEqual({ answered: false, path: 'a/state' });
    expect(held.started).toEqual(['a/state']);
  });

  it('asks again after the read has finished, and hints at it once', async () => {
    let hints = 0;
    drivers.watch(() => {
      hints += 1;
    });
    held.hold('a/state');
    const stuck = ask('a', 'a/state', 'a/rate');
    await clock.step(answerMs);
    await stuck;
    held.release();
    await clock.step(0);
    expect(await ask('a', 'a/state')).toEqual({ answered: true, value: ['text of a/state'] });
    expect(hints).toBe(1);
  });

  it('does not continue work whose deadline has passed', async () => {
    held.hold('a/state');
    const stuck = ask('a', 'a/state', 'a/rate');
    await clock.step(answerMs);
    await stuck;
    held.release();
    await clock.step(0);
    expect(held.started).toEqual(['a/state']);
  });

  it('gives no hint after a slow answer in time', async () => {
    let hints = 0;
    drivers.watch(() => {
      hints += 1;
    });
    held.hold('a/state');
    const slow = ask('a', 'a/state');
    await clock.step(answerMs - 1);
    held.release();
    expect(await slow).toMatchObject({ answered: true });
    expect(hints).toBe(0);
  });

  it('runs one read of a device at a time', async () => {
    held.hold('a/state');
    const first = ask('a', 'a/state');
    const second = ask('a', 'a/rate');
    await clock.step(0);
    expect(held.started).toEqual(['a/state']);
    held.release();
    expect(await Promise.all([first, second])).toEqual([
      { answered: true, value: ['text of a/state'] },
      { answered: true, value: ['text of a/rate'] },
    ]);
  });

  it('runs no more reads than its limit, and continues with the devices that waited', async () => {
    start(2);
    held.hold('a/state');
    held.hold('b/state');
    const stuck = [ask('a', 'a/state'), ask('b', 'b/state')];
    const waiting = ask('c', 'c/state');
    await clock.step(answerMs);
    expect(await Promise.all(stuck)).toEqual([
      { answered: false, path: 'a/state' },
      { answered: false, path: 'b/state' },
    ]);
    expect(await waiting).toEqual({ answered: false, path: 'c/state' });
    expect(held.started).toEqual(['a/state', 'b/state']);
    held.release();
    expect(await ask('c', 'c/state')).toMatchObject({ answered: true });
  });

  it('passes on an error of the work, and works on', async () => {
    const defect = new Error('defect');
    await expect(drivers.ask('a', () => Promise.reject(defect))).rejects.toBe(defect);
    expect(await ask('a', 'a/state')).toMatchObject({ answered: true });
  });
});
