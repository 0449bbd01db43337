// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';
import { livenessMs } from '../support/node-fixture.ts';
import type { SteppedClock } from '../support/stepped-clock.ts';

/** Labels of a node with what they are read from in a test's hands. */
export interface LabelsStage {
  readonly labels: NodeLabels;
  /** By which they are looked at again; it is moved while a test waits. */
  readonly clock: SteppedClock;
  set(labels: Readonly<Record<string, string>>): Promise<void>;
  /** Makes the labels unreadable, by a fault that the reader cannot bridge. */
  takeAway(): Promise<void>;
  close(): Promise<void>;
}

const tenMinutes = 600_000;

/** Runs the contract of NodeLabels over an adapter. */
export function nodeLabelsContract(adapter: string, makeStage: () => Promise<LabelsStage>): void {
  describe(`NodeLabels: ${adapter}`, () => {
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
      stage = await makeStage();
    });
    afterEach(async () => {
      stop();
      stop = () => {};
      await stage.close();
    });

    /** Lets ten minutes pass at most, and as much real time as input needs, till a hint has led to a reading as wanted. */
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
      'are as they are set, with values of every form',
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
      'may be none',
      async () => {
        await stage.set({});
        expect((await stage.labels.read()).labels?.size).toBe(0);
      },
      livenessMs,
    );

    it(
      'that change are hinted at, and then read',
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
      'that are not there are a problem with a remedy, worth waiting for, and taken when they come',
      async () => {
        await stage.takeAway();
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
      'that go are hinted at, and told when they are read',
      async () => {
        await stage.set({ gpu: 'a' });
        watch();
        await stage.labels.read();
        const since = hints;
        await stage.takeAway();
        await reach('the loss', ({ labels }) => labels === null, since);
      },
      livenessMs,
    );

    it(
      'give no hint and leave no timer once the watch has ended',
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
      'are the same to readings at the same time',
      async () => {
        await stage.set({ gpu: 'a' });
        const [first, second] = await Promise.all([stage.labels.read(), stage.labels.read()]);
        expect(first).toEqual(second);
      },
      livenessMs,
    );
  });
}
