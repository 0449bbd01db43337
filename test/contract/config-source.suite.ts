// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import { livenessMs } from '../support/node-fixture.ts';
import type { SteppedClock } from '../support/stepped-clock.ts';

/** A source of settings with the place behind it in a test's hands. */
export interface ConfigStage {
  readonly source: ConfigSource;
  /** By which the source looks for itself; it is moved while a test waits. */
  readonly clock: SteppedClock;
  /** Puts a document there: the text of a settings file. */
  set(text: string): Promise<void>;
  /** Takes the document away, and leaves its place. */
  clear(): Promise<void>;
  /** Takes the place itself away, or makes it be there again with a document. */
  takeAway(): Promise<void>;
  giveBack(text: string): Promise<void>;
  close(): Promise<void>;
}

const settings = (rdmaHcaMax: number): string =>
  JSON.stringify({ configList: [{ resourceName: 'a', rdmaHcaMax, selectors: { vendors: ['15b3'] } }] });

function sharesOf(reading: ConfigReading): number | null {
  return reading.valid ? (reading.settings.resources[0]?.rdmaHcaMax ?? null) : null;
}

/** Runs the contract of ConfigSource over an adapter. */
export function configSourceContract(adapter: string, makeStage: () => Promise<ConfigStage>): void {
  describe(`ConfigSource: ${adapter}`, () => {
    let stage: ConfigStage;
    let heard = { hints: 0 };
    let stop = (): void => {};
    const watch = (): void => {
      const mine = heard;
      stop = stage.source.watch(() => {
        mine.hints += 1;
      });
    };
    beforeEach(async () => {
      heard = { hints: 0 };
      stage = await makeStage();
    });
    afterEach(async () => {
      stop();
      await stage.close();
    });

    /** Lets the source's time pass till a reading is as wanted, and a hint has led there. */
    async function reach(what: string, wanted: (reading: ConfigReading) => boolean, since: number): Promise<void> {
      const end = performance.now() + livenessMs / 2;
      const reached = async (): Promise<boolean> => heard.hints !== since && wanted(await stage.source.read());
      while (!(await reached())) {
        if (performance.now() > end)
          throw new Error(
            `${what}: not reached; hints ${since} -> ${heard.hints}, reading ${JSON.stringify(await stage.source.read())}`,
          );
        await stage.clock.step(50);
      }
    }

    it(
      'has the first value',
      async () => {
        await stage.set(settings(3));
        watch();
        await reach('the first value', (reading) => sharesOf(reading) === 3, -1);
        expect(sharesOf(await stage.source.read())).toBe(3);
      },
      livenessMs,
    );

    it(
      'says that it is worth waiting for a value that is not there yet, and hints when it comes',
      async () => {
        watch();
        const before = await stage.source.read();
        expect(before).toMatchObject({ valid: false, retryable: true });
        const since = heard.hints;
        await stage.set(settings(4));
        await reach('the value that came', (reading) => sharesOf(reading) === 4, since);
      },
      livenessMs,
    );

    it(
      'hints at each change, and then reads the newest',
      async () => {
        await stage.set(settings(1));
        watch();
        for (const count of [5, 6, 7]) {
          const since = heard.hints;
          await stage.set(settings(count));
          await reach(`${count} shares`, (reading) => sharesOf(reading) === count, since);
        }
      },
      livenessMs,
    );

    it(
      'ends with the last of many changes',
      async () => {
        await stage.set(settings(1));
        watch();
        for (let count = 2; count <= 40; count += 1) await stage.set(settings(count));
        await reach('the last value', (reading) => sharesOf(reading) === 40, -1);
      },
      livenessMs,
    );

    it(
      'tells what is wrong with a bad value, and takes the next good one',
      async () => {
        await stage.set(settings(3));
        watch();
        const since = heard.hints;
        await stage.set('{"configList": 5}');
        await reach('the bad value', (reading) => !reading.valid, since);
        const reading = await stage.source.read();
        expect(reading.valid ? [] : reading.problems.map(({ code }) => code)).toEqual(['CONFIG_WRONG_TYPE']);
        const later = heard.hints;
        await stage.set(settings(8));
        await reach('the good value', (next) => sharesOf(next) === 8, later);
      },
      livenessMs,
    );

    it.each(['the value', 'the place'])(
      'tells that %s has gone, with a remedy, and hints when it is there again',
      async (what) => {
        await stage.set(settings(3));
        watch();
        const since = heard.hints;
        await (what === 'the value' ? stage.clear() : stage.takeAway());
        await reach('the loss', (reading) => !reading.valid, since);
        const reading = await stage.source.read();
        expect(reading.valid ? [] : reading.problems.map(({ remedy }) => remedy.length > 10)).toEqual([true]);
        expect(reading).toMatchObject({ retryable: true });
        const later = heard.hints;
        await (what === 'the value' ? stage.set(settings(9)) : stage.giveBack(settings(9)));
        await reach('the return', (next) => sharesOf(next) === 9, later);
      },
      livenessMs,
    );

    it(
      'gives no hint and leaves no timer once its watch has ended',
      async () => {
        await stage.set(settings(3));
        watch();
        stop();
        const since = heard.hints;
        await stage.set(settings(4));
        await stage.clock.step(60_000);
        expect([heard.hints, stage.clock.pending]).toEqual([since, 0]);
      },
      livenessMs,
    );

    it(
      'gives equal answers to readings at the same time',
      async () => {
        await stage.set(settings(3));
        watch();
        await reach('the value', (reading) => sharesOf(reading) === 3, -1);
        const [first, second] = await Promise.all([stage.source.read(), stage.source.read()]);
        expect(first).toEqual(second);
      },
      livenessMs,
    );
  });
}
