// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import { livenessMs } from '../support/node-fixture.ts';
import type { SteppedClock } from '../support/stepped-clock.ts';

/** A source of settings, and the place that it reads, which a test controls. */
export interface ConfigStage {
  readonly source: ConfigSource;
  /** The clock of the source. Tests step it while they wait. */
  readonly clock: SteppedClock;
  /** Writes a settings document. */
  set(text: string): Promise<void>;
  /** Removes the document and leaves its place. */
  clear(): Promise<void>;
  /** Removes the place itself, or restores it with a document. */
  removePlace(): Promise<void>;
  restorePlace(text: string): Promise<void>;
  close(): Promise<void>;
}

const settings = (rdmaHcaMax: number): string =>
  JSON.stringify({ configList: [{ resourceName: 'a', rdmaHcaMax, selectors: { vendors: ['15b3'] } }] });

function sharesOf(reading: ConfigReading): number | null {
  return reading.valid ? (reading.settings.resources[0]?.rdmaHcaMax ?? null) : null;
}

/** Runs the contract of ConfigSource over an implementation. */
export function configSourceContract(implementation: string, createStage: () => Promise<ConfigStage>): void {
  describe(`ConfigSource: ${implementation}`, () => {
    let stage: ConfigStage;
    let heard = { hints: 0 };
    let stop = (): void => {};
    const watch = (): void => {
      const current = heard;
      stop = stage.source.watch(() => {
        current.hints += 1;
      });
    };
    beforeEach(async () => {
      heard = { hints: 0 };
      stage = await createStage();
    });
    afterEach(async () => {
      stop();
      await stage.close();
    });

    /** Steps the clock until there is a hint and then the expected reading. */
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
      'reads the first value',
      async () => {
        await stage.set(settings(3));
        watch();
        await reach('the first value', (reading) => sharesOf(reading) === 3, -1);
        expect(sharesOf(await stage.source.read())).toBe(3);
      },
      livenessMs,
    );

    it(
      'is retryable while there is no value, and hints when there is one',
      async () => {
        watch();
        const before = await stage.source.read();
        expect(before).toMatchObject({ valid: false, retryable: true });
        const since = heard.hints;
        await stage.set(settings(4));
        await reach('the first value', (reading) => sharesOf(reading) === 4, since);
      },
      livenessMs,
    );

    it(
      'hints at each change, and then reads the newest value',
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
      'reads the last of many changes eventually',
      async () => {
        await stage.set(settings(1));
        watch();
        for (let count = 2; count <= 40; count += 1) await stage.set(settings(count));
        await reach('the last value', (reading) => sharesOf(reading) === 40, -1);
      },
      livenessMs,
    );

    it(
      'reports the problems and warnings of an invalid value, and reads the next valid one',
      async () => {
        await stage.set(settings(3));
        watch();
        const since = heard.hints;
        await stage.set('{"configList": 5, "nods": []}');
        await reach('the invalid value', (reading) => !reading.valid, since);
        const reading = await stage.source.read();
        expect(reading.valid ? [] : reading.problems.map(({ code }) => code)).toEqual(['CONFIG_WRONG_TYPE']);
        expect(reading.warnings.map(({ code }) => code)).toEqual(['CONFIG_KEY_UNKNOWN']);
        const later = heard.hints;
        await stage.set(settings(8));
        await reach('the valid value', (next) => sharesOf(next) === 8, later);
      },
      livenessMs,
    );

    it.each(['the value', 'the place'])(
      'reports with a remedy that %s is missing, and hints when it is back',
      async (what) => {
        await stage.set(settings(3));
        watch();
        const since = heard.hints;
        await (what === 'the value' ? stage.clear() : stage.removePlace());
        await reach('the loss', (reading) => !reading.valid, since);
        const reading = await stage.source.read();
        expect(reading.valid ? [] : reading.problems.map(({ remedy }) => remedy.length > 10)).toEqual([true]);
        expect(reading).toMatchObject({ retryable: true });
        const later = heard.hints;
        await (what === 'the value' ? stage.set(settings(9)) : stage.restorePlace(settings(9)));
        await reach('the return', (next) => sharesOf(next) === 9, later);
      },
      livenessMs,
    );

    it(
      'gives no hint and leaves no timer after its watch is stopped',
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
      'returns equal readings at the same time',
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
