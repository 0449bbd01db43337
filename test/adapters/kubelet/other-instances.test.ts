// SPDX-License-Identifier: Apache-2.0
import { Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { aResource } from '../../support/hca-fixture.ts';
import { livenessMs } from '../../support/node-fixture.ts';
import { PublisherFixture, kubeletKinds, nodesOfTwoHcas, twoHcas } from '../../support/publisher-fixture.ts';

const served = 'rdma/hca';
let fixture: PublisherFixture;
afterEach(() => fixture.close());

describe.each(kubeletKinds)('Two instances: $method, kubelet $generation', ({ generation, method }) => {
  /** Starts an older instance, in steps, and then a newer one whose wall clock is behind. The older one stands by. */
  async function serveTwice() {
    fixture = new PublisherFixture({ generation });
    const { publisher: older, clock } = await fixture.servedInSteps(method);
    const newer = fixture.publisher(method, { wallClock: () => 0 });
    await newer.start();
    fixture.publish(newer);
    while (!older.isStandby(served)) await clock.step(100);
    return { older, newer, clock };
  }

  it(
    'are ordered even if the wall clock is set back: the newer serves, the older stands by, and both log it',
    async () => {
      const { older, newer } = await serveTwice();
      await fixture.node.until(
        'one socket serves',
        async () => fixture.node.sockets().length === 1 && (await fixture.healthyShares()) === 3,
      );
      expect([older.isStandby(served), newer.isStandby(served)]).toEqual([true, false]);
      expect(fixture.node.log.messages('warning')).toEqual(
        expect.arrayContaining([
          'another instance is running; of a resource that both offer, the older one stands by',
          'standing by for a newer instance',
        ]),
      );
    },
    livenessMs,
  );

  it(
    'do not disturb each other when the older ends',
    async () => {
      const { older, clock } = await serveTwice();
      await fixture.reach(3);
      const serving = fixture.node.sockets();
      const stopped = older.stop();
      await clock.step(1_000);
      await stopped;
      await fixture.reach(3);
      expect([fixture.node.sockets().length, serving.length]).toEqual([1, 1]);
      expect(await fixture.admit(1)).toEqual(nodesOfTwoHcas);
    },
    livenessMs,
  );

  it(
    'change places when the newer ends first',
    async () => {
      const { older, newer, clock } = await serveTwice();
      await fixture.reach(3);
      await newer.stop();
      while (older.isStandby(served)) await clock.step(100);
      await fixture.stepToAllShares(clock, 100);
      expect(fixture.node.log.messages('warning')).toContain('newer instance ended; serving again');
      expect(await fixture.admit(1)).toEqual(nodesOfTwoHcas);
    },
    livenessMs,
  );

  it(
    'keep their places during a kubelet restart',
    async () => {
      const { older, clock } = await serveTwice();
      await fixture.reach(3);
      await fixture.kubelet.restart();
      await clock.step(1_000);
      await fixture.reach(3);
      await clock.step(1_000);
      expect([older.isStandby(served), fixture.node.sockets().length]).toEqual([true, 1]);
    },
    livenessMs,
  );
});

describe('Two instances with many resources', () => {
  const resources = Array.from({ length: 20 }, (_, index) => aResource({ name: `rdma/many${index}` }));

  it(
    'connect to each other a few times for each resource when the older ends',
    async () => {
      fixture = new PublisherFixture();
      const { publisher: older, clock } = await fixture.servedInSteps('device-plugins');
      const newer = fixture.publisher('device-plugins');
      await newer.start();
      for (const publisher of [older, newer]) fixture.publish(publisher, twoHcas, resources);
      const standsBy = () => resources.every(({ name }) => older.isStandby(name));
      while (!standsBy()) await clock.step(100);
      const connect = jest.spyOn(Socket.prototype, 'connect');
      const stopped = older.stop();
      await clock.step(1_000);
      await stopped;
      expect(connect.mock.calls.length).toBeLessThan(5 * resources.length);
      connect.mockRestore();
    },
    livenessMs,
  );
});
