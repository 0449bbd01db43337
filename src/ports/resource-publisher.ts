// SPDX-License-Identifier: Apache-2.0
import type { Offer } from '#domain/offer/offer.ts';

/**
 * Publishes the offers to the allocator of shares: the kubelet. An implementation must guarantee:
 * - `start` rejects with a ProblemError if publishing can never work on this node. It does not wait for the kubelet.
 * - `publish` takes all offers, compares them with what is published, and changes as little as possible. A resource
 *   without an offer is withdrawn. It never has two registrations at a time, even if it is offered again immediately.
 *   `publish` returns immediately; the implementation retries whenever the other side fails. After `stop` it does
 *   nothing.
 * - `isStandby` is true while another instance of this program serves the resource in place of this one. Files that
 *   both would write are then the other instance's.
 * - `stop` resolves when everything has ended and no socket of this program is left, within 2 seconds for any number of
 *   resources. It does not report the shares as removed: pods may be starting. It may be called during `start`, and
 *   repeatedly.
 */
export abstract class ResourcePublisher {
  abstract start(): Promise<void>;
  abstract publish(offers: readonly Offer[]): void;
  abstract isStandby(resource: string): boolean;
  abstract stop(): Promise<void>;
}
