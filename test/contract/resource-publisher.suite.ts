// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Offer } from '#domain/offer/offer.ts';
import type { ResourcePublisher } from '#ports/resource-publisher.ts';
import { aResource, anHca, anOffer } from '../support/hca-fixture.ts';
import { until } from '../support/until.ts';
import { livenessMs } from '../support/node-fixture.ts';

/** A publisher, and what the side to which it publishes sees of it. */
export interface PublisherStage {
  readonly publisher: ResourcePublisher;
  /** How many healthy shares of the resource the other side has now; 0 if it does not know the resource. */
  healthyShares(resource: string): Promise<number>;
  /** A name for each registration that the other side could reach now. */
  registrations(): readonly string[];
  close(): Promise<void>;
}

function offerOf(name: string, rdmaHcaMax: number): Offer {
  return anOffer(aResource({ name, rdmaHcaMax }), [anHca(0)]);
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Runs the contract of ResourcePublisher over an adapter. */
export function resourcePublisherContract(adapter: string, makeStage: () => Promise<PublisherStage>): void {
  describe(`ResourcePublisher: ${adapter}`, () => {
    let stage: PublisherStage;
    beforeEach(async () => {
      stage = await makeStage();
    });
    afterEach(async () => await stage.close());

    const reach = async (resource: string, healthy: number): Promise<void> =>
      await until(async () => (await stage.healthyShares(resource)) === healthy);

    async function publishThree(): Promise<void> {
      await stage.publisher.start();
      stage.publisher.publish([offerOf('rdma/a', 3)]);
      await reach('rdma/a', 3);
    }

    it(
      'publishes offers, and each change of them',
      async () => {
        await publishThree();
        stage.publisher.publish([offerOf('rdma/a', 5), offerOf('rdma/b', 2)]);
        await reach('rdma/a', 5);
        await reach('rdma/b', 2);
        expect([stage.registrations().length, stage.publisher.isStandby('rdma/a')]).toEqual([2, false]);
      },
      livenessMs,
    );

    it(
      'does nothing when the same offers are published again',
      async () => {
        await publishThree();
        const before = stage.registrations();
        stage.publisher.publish([offerOf('rdma/a', 3)]);
        await pause(100);
        expect(stage.registrations()).toEqual(before);
        expect(await stage.healthyShares('rdma/a')).toBe(3);
      },
      livenessMs,
    );

    it(
      'publishes the last of many offers that follow each other at once',
      async () => {
        await stage.publisher.start();
        for (let shares = 1; shares <= 50; shares += 1)
          stage.publisher.publish(shares % 2 === 0 ? [offerOf('rdma/a', shares)] : []);
        await reach('rdma/a', 50);
        await until(() => stage.registrations().length === 1);
        expect(await stage.healthyShares('rdma/a')).toBe(50);
      },
      livenessMs,
    );

    it(
      'withdraws a resource that is no longer offered, and leaves the others',
      async () => {
        await publishThree();
        stage.publisher.publish([offerOf('rdma/a', 3), offerOf('rdma/b', 2)]);
        await reach('rdma/b', 2);
        const before = stage.registrations();
        stage.publisher.publish([offerOf('rdma/b', 2)]);
        await reach('rdma/a', 0);
        await until(() => stage.registrations().length === 1);
        expect(before).toContain(stage.registrations()[0]);
        expect(await stage.healthyShares('rdma/b')).toBe(2);
      },
      livenessMs,
    );

    it.each([0, 100, 300])(
      'has one registration at most when a resource is withdrawn and offered again after %d ms',
      async (ms) => {
        await publishThree();
        let most = 0;
        const count = setInterval(() => {
          most = Math.max(most, stage.registrations().length);
        }, 1);
        stage.publisher.publish([]);
        if (ms > 0) await pause(ms);
        stage.publisher.publish([offerOf('rdma/a', 4)]);
        await reach('rdma/a', 4);
        await pause(100);
        clearInterval(count);
        expect([most, await stage.healthyShares('rdma/a'), stage.registrations().length]).toEqual([1, 4, 1]);
      },
      livenessMs,
    );

    it(
      'stops during a start, and leaves nothing behind',
      async () => {
        const started = stage.publisher.start();
        await stage.publisher.stop();
        await started;
        expect(stage.registrations()).toEqual([]);
      },
      livenessMs,
    );

    it(
      'stops before what it published has reached the other side, and leaves nothing behind',
      async () => {
        await stage.publisher.start();
        stage.publisher.publish([offerOf('rdma/a', 3), offerOf('rdma/b', 3)]);
        await stage.publisher.stop();
        expect(stage.registrations()).toEqual([]);
      },
      livenessMs,
    );

    it(
      'stops within 2 seconds while resources are withdrawn and offered again, and leaves nothing behind',
      async () => {
        await publishThree();
        stage.publisher.publish([]);
        stage.publisher.publish([offerOf('rdma/a', 3)]);
        stage.publisher.publish([]);
        const since = performance.now();
        await stage.publisher.stop();
        expect(performance.now() - since).toBeLessThan(2_000);
        expect(stage.registrations()).toEqual([]);
      },
      livenessMs,
    );

    it(
      'ignores offers that are published after it stopped, and may be stopped twice',
      async () => {
        await publishThree();
        await stage.publisher.stop();
        stage.publisher.publish([offerOf('rdma/a', 3)]);
        await pause(100);
        expect(stage.registrations()).toEqual([]);
        await stage.publisher.stop();
        expect(stage.registrations()).toEqual([]);
      },
      livenessMs,
    );
  });
}
