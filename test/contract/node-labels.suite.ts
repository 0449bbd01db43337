// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';
import { livenessMs } from '../support/node-fixture.ts';
import type { SteppedClock } from '../support/stepped-clock.ts';

/** The labels of a node, and the place that they are read from, which a test controls. */
export interface LabelsStage {
  readonly labels: NodeLabels;
  /** The clock of the implementation. Tests step it while they wait. */
  readonly clock: SteppedClock;
  set(labels: Readonly<Record<string, string>>): Promise<void>;
  /** Makes the labels unreadable, by a failure for which no earlier labels are used. */
  makeUnreadable(): Promise<void>;
  close(): Promise<void>;
}

const tenMinutes = 600_000;

/** Runs the contract of NodeLabels over an implementation. */
export function nodeLabelsContract(implementation: string, createStage: () => Promise<LabelsStage>): void {
  describe(`NodeLabels: ${implementation}`, () => {
    let stage: LabelsStage;
    let hints = 0;
    let stop = (): void => {};
    const watch = (): void => {
      stop = stage.labels.watch(() => {
        hints += 1;
      });
    };
    beforeEach(async () => {
      hints = 0;
      stage = await createStage();
    });
    afterEach(async () => {
      stop();
      stop = () => {};
      await stage.close();
    });

    /**
     * Steps the clock by at most ten minutes, with real time for I/O, until a hint leads to the expected reading.
     */
    async function reach(what: string, wanted: (reading: LabelsReading) => boolean, since: number): Promise<void> {
      const end = performance.now() + livenessMs / 2;
      let passed = 0;
      const reached = async (): Promise<boolean> => hints !== since && wanted(await stage.labels.read());
      while (!(await reached())) {
        if (performance.now() > end)
          throw new Error(
            `${what}: not reached; hints ${since} -> ${hints}, reading ${JSON.stringify(await stage.labels.read())}`,
          );
        const ms = passed < tenMinutes - 10_000 ? 10_000 : 0;
        passed += ms;
        await stage.clock.step(ms);
      }
    }

    it(
      'reads labels with values of every form',
      async () => {
        const labels = { gpu: 'h100', empty: '', 'topology.kubernetes.io/zone': 'eu-1a', 'x.org/A_b.c': 'D_e.f-9' };
        await stage.set(labels);
        const reading = await stage.labels.read();
        expect(reading.problem).toBeNull();
        expect(Object.fromEntries(reading.labels ?? [])).toEqual(labels);
      },
      livenessMs,
    );

    it(
      'reads that there are no labels',
      async () => {
        await stage.set({});
        expect((await stage.labels.read()).labels?.size).toBe(0);
      },
      livenessMs,
    );

    it(
      'hints at a change, and then reads it',
      async () => {
        await stage.set({ gpu: 'a' });
        watch();
        await stage.labels.read();
        const since = hints;
        await stage.set({ gpu: 'b' });
        await reach('the change', ({ labels }) => labels?.get('gpu') === 'b', since);
      },
      livenessMs,
    );

    it(
      'reports labels that are not readable with a remedy, is retryable, and reads them when they are',
      async () => {
        await stage.makeUnreadable();
        watch();
        const reading = await stage.labels.read();
        expect(reading).toMatchObject({ labels: null, retryable: true });
        expect(reading.problem?.remedy).toMatch(/^.{10,}$/);
        const since = hints;
        await stage.set({ gpu: 'c' });
        await reach('the labels', ({ labels }) => labels?.get('gpu') === 'c', since);
      },
      livenessMs,
    );

    it(
      'hints when the labels become unreadable, and then reports it',
      async () => {
        await stage.set({ gpu: 'a' });
        watch();
        await stage.labels.read();
        const since = hints;
        await stage.makeUnreadable();
        await reach('the loss', ({ labels }) => labels === null, since);
      },
      livenessMs,
    );

    it(
      'gives no hint and leaves no timer after its watch is stopped',
      async () => {
        await stage.set({ gpu: 'a' });
        watch();
        await stage.labels.read();
        stop();
        const since = hints;
        await stage.set({ gpu: 'b' });
        await stage.clock.step(tenMinutes);
        expect([hints, stage.clock.pending]).toEqual([since, 0]);
      },
      livenessMs,
    );

    it(
      'returns equal readings at the same time',
      async () => {
        await stage.set({ gpu: 'a' });
        const [first, second] = await Promise.all([stage.labels.read(), stage.labels.read()]);
        expect(first).toEqual(second);
      },
      livenessMs,
    );
  });
}
