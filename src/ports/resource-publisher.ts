// SPDX-License-Identifier: Apache-2.0
import type { Offer } from '#domain/offer/offer.ts';

/**
 * Makes the offers known to whoever hands out shares. An implementer must guarantee:
 * - `start` checks that it can work here and rejects with a ProblemError if not; it promises no more than that.
 * - `publish` takes the whole truth, compares it with what was published and does the least that is needed. It returns
 *   at once; the truth is then worked towards for as long as it takes, through any failure of the other side.
 *   A resource that is no longer named is taken back. It has one registration at most, also when it is soon offered again.
 * - `isStandby` is true while another instance of this program serves a resource instead of this one: what both would write is
 *   then the other's to write.
 * - `stop` returns when all that was begun has ended and no file of ours is left, within 2 seconds however many
 *   resources there are. It does not tell the other side that the shares are gone: pods may be starting.
 *   It may be called during `start`, and more than once. What is published afterwards is ignored.
 */
export abstract class ResourcePublisher {
  abstract start(): Promise<void>;
  abstract publish(offers: readonly Offer[]): void;
  abstract get isStandby(): boolean;
  abstract stop(): Promise<void>;
}
