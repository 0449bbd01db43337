// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NodeEvent, NodeEvents } from '#ports/node-events.ts';
import { livenessMs } from '../support/node-fixture.ts';
import type { SteppedClock } from '../support/stepped-clock.ts';

/** An implementation of NodeEvents, and the cluster that it posts to, which a test controls. */
export interface NodeEventsStage {
  readonly events: NodeEvents;
  /** The clock of the implementation. Tests step it while they wait. */
  readonly clock: SteppedClock;
  /** Returns the messages that are in the cluster, oldest first. */
  messages(): readonly unknown[];
  /** Makes the cluster fail, and work again. */
  breakCluster(): void;
  repairCluster(): void;
  close(): Promise<void>;
}

const hourMs = 3_600_000;

function event(message: string, about = 'settings'): NodeEvent {
  return { about, type: 'Warning', reason: 'RdmaSettingsRejected', message, closing: '' };
}

/** Runs the contract of NodeEvents over an implementation. */
export function nodeEventsContract(implementation: string, createStage: () => Promise<NodeEventsStage>): void {
  describe(`NodeEvents: ${implementation}`, () => {
    let stage: NodeEventsStage;
    beforeEach(async () => {
      stage = await createStage();
    });
    afterEach(async () => {
      stage.events.stop();
      await stage.close();
    });

    async function until(what: string, holds: () => boolean): Promise<void> {
      const end = performance.now() + livenessMs;
      while (!holds()) {
        if (performance.now() > end) throw new Error(`never: ${what}; messages: ${stage.messages().join(', ')}`);
        await stage.clock.step(100);
      }
    }

    it('posts an event', async () => {
      stage.events.post(event('one'));
      await until('the event', () => stage.messages().length > 0);
      expect(stage.messages()).toEqual(['one']);
    });

    it('posts the newest of many events about one subject last', async () => {
      for (let i = 0; i < 100; i += 1) stage.events.post(event(`settings ${i}`));
      await until('the newest event', () => stage.messages().at(-1) === 'settings 99');
      await stage.clock.step(hourMs);
      expect(stage.messages().at(-1)).toBe('settings 99');
    });

    it('posts the newest event about each subject, in their order', async () => {
      for (const message of ['a 1', 'b 1', 'a 2']) stage.events.post(event(message, message.slice(0, 1)));
      await until('both events', () => ['b 1', 'a 2'].every((message) => stage.messages().includes(message)));
      expect(stage.messages().filter((message) => message !== 'a 1')).toEqual(['b 1', 'a 2']);
    });

    it('posts after the cluster has failed', async () => {
      stage.breakCluster();
      expect(() => stage.events.post(event('one'))).not.toThrow();
      await stage.clock.step(60_000);
      stage.repairCluster();
      await until('the event', () => stage.messages().includes('one'));
      expect(stage.messages()).toEqual(['one']);
    });

    it('posts nothing after it is stopped, and leaves no timer', async () => {
      stage.events.post(event('one'));
      await until('the event', () => stage.messages().length > 0);
      stage.events.stop();
      expect(() => stage.events.post(event('two'))).not.toThrow();
      await stage.clock.step(hourMs);
      expect([stage.messages(), stage.clock.pending]).toEqual([['one'], 0]);
    });

    it('can be stopped while the cluster fails, and more than once', async () => {
      stage.breakCluster();
      stage.events.post(event('one'));
      await stage.clock.step(60_000);
      stage.events.stop();
      expect(() => stage.events.stop()).not.toThrow();
      const before = stage.messages();
      await until('no timer', () => stage.clock.pending === 0);
      stage.repairCluster();
      await stage.clock.step(hourMs);
      expect(stage.messages()).toEqual(before);
    });
  });
}
