// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import { withDeadline } from '#timing/deadline.ts';
import { Slots } from '#timing/slots.ts';
import type { ReadAttribute } from './attribute-file.ts';

/**
 * How long a scan waits for one device. Firmware answers within milliseconds, and within a second or two while a
 * function of the device is reset.
 */
export const answerMs = 5_000;

/** What a device answered; or, if it has not yet, the path of the attribute that is still being read. */
export type Answer<T> =
  { readonly answered: true; readonly value: T } | { readonly answered: false; readonly path: string };

/** The reads of one device: one at a time. */
interface Lane {
  /** Resolves when the work on the device that was requested last has ended. */
  idle: Promise<unknown>;
  /** How many pieces of work have not ended. */
  pending: number;
  /** The attribute that is read now, or was read last. */
  path: string;
  isReading: boolean;
  /** Whether a deadline has passed during the present read. */
  isStuck: boolean;
}

/** Ends work whose deadline has passed. Nobody sees it. */
class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

/**
 * Reads attributes that the kernel answers by calling a driver, which may ask the firmware or wait for a lock. Such a
 * read can take minutes and cannot be cancelled, so it runs off the event loop. Each device has one read at a time, so
 * that a device that does not answer holds up nothing but itself.
 */
export class DriverReads {
  private readonly lanes = new Map<string, Lane>();
  private readonly listeners = new Set<() => void>();
  private readonly slots: Slots;

  /** At most `limit` reads run at a time. */
  constructor(
    private readonly clock: Clock,
    private readonly readAttribute: ReadAttribute,
    limit: number,
  ) {
    this.slots = new Slots(limit);
  }

  /**
   * Runs work that reads attributes of one device, after earlier work on it. Resolves to its result, or after 5 s to
   * the path of the read that has not finished; immediately, if that is known already. Rejects only if the work does.
   */
  async ask<T>(device: string, work: (read: ReadAttribute) => Promise<T>): Promise<Answer<T>> {
    const lane = this.lanes.get(device) ?? this.addLane(device);
    if (lane.isStuck) return { answered: false, path: lane.path };
    let isAbandoned = false;
    const read: ReadAttribute = (path) => this.read(lane, path, () => isAbandoned);
    const result = lane.idle.then(() => work(read));
    lane.pending += 1;
    lane.idle = result.catch(() => {}).then(() => this.workEnded(device, lane));
    const answer = result.then((value) => ({ answered: true, value }) as const);
    return await withDeadline(this.clock, answerMs, answer, () => {
      isAbandoned = true;
      lane.isStuck = lane.isReading;
      return { answered: false, path: lane.path } as const;
    });
  }

  /** Calls `onAnswer` whenever a device that was stuck has answered. Call the returned function to stop. */
  watch(onAnswer: () => void): () => void {
    this.listeners.add(onAnswer);
    return () => this.listeners.delete(onAnswer);
  }

  private addLane(device: string): Lane {
    const lane = { idle: Promise.resolve(), pending: 0, path: device, isReading: false, isStuck: false };
    this.lanes.set(device, lane);
    return lane;
  }

  private workEnded(device: string, lane: Lane): void {
    lane.pending -= 1;
    if (lane.pending === 0) this.lanes.delete(device);
  }

  private async read(lane: Lane, path: string, isAbandoned: () => boolean): Promise<string | null> {
    lane.path = path;
    return await this.slots.use(async () => {
      if (isAbandoned()) throw new Abandoned();
      lane.isReading = true;
      const text = await this.readAttribute(path);
      lane.isReading = false;
      this.readEnded(lane);
      return text;
    });
  }

  private readEnded(lane: Lane): void {
    if (!lane.isStuck) return;
    lane.isStuck = false;
    for (const listener of this.listeners) listener();
  }
}
