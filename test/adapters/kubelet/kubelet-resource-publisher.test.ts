// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from '@jest/globals';
import { aResource } from '../../support/hca-fixture.ts';
import { livenessMs } from '../../support/node-fixture.ts';
import { PublisherFixture, kubeletKinds, nodesOfTwoHcas, twoHcas } from '../../support/publisher-fixture.ts';
import { settle } from '../../support/stepped-clock.ts';

let fixture: PublisherFixture;
afterEach(() => fixture.close());

describe.each(kubeletKinds)('KubeletResourcePublisher: $method, kubelet $generation', ({ generation, method }) => {
  it(
    'offers shares, grants them, follows the hardware, and withdraws the resource',
    async () => {
      fixture = new PublisherFixture({ generation });
      const publisher = await fixture.served(method);
      expect(await fixture.admit(2)).toEqual(nodesOfTwoHcas);
      fixture.publish(publisher, []);
      await fixture.reach(0);
      expect((await fixture.kubelet.devices('rdma/hca'))?.unhealthy.toSorted()).toEqual(['0', '1', '2']);
      fixture.publish(publisher);
      await fixture.reach(3);
      fixture.publish(publisher, twoHcas, []);
      await fixture.node.until(
        'no share is left',
        async () => (await fixture.kubelet.devices('rdma/hca'))?.capacity === 0,
      );
      await publisher.stop();
      expect(fixture.node.sockets()).toEqual([]);
    },
    livenessMs,
  );

  it(
    'registers again when the sharing changes, and then grants per-device shares of different HCAs',
    async () => {
      fixture = new PublisherFixture({ generation });
      const publisher = await fixture.served(method);
      fixture.publish(publisher, twoHcas, [aResource({ sharing: 'device', rdmaHcaMax: 8 })]);
      await fixture.reach(16);
      for (const pod of ['a', 'b', 'c', 'd']) expect(await fixture.admit(2, pod)).toEqual(nodesOfTwoHcas);
    },
    livenessMs,
  );
});

describe('KubeletResourcePublisher', () => {
  it(
    'registers many resources at the same time, and leaves nothing behind when it stops',
    async () => {
      fixture = new PublisherFixture();
      const publisher = fixture.publisher('device-plugins');
      await publisher.start();
      await fixture.kubelet.start();
      const resources = Array.from({ length: 20 }, (_, i) => aResource({ name: `rdma/hca_${i}` }));
      fixture.publish(publisher, twoHcas, resources);
      for (const { name } of resources) await fixture.reach(3, name);
      await publisher.stop();
      expect(fixture.node.sockets()).toEqual([]);
    },
    livenessMs,
  );

  it(
    'stops, and leaves no socket, while the kubelet does not read',
    async () => {
      fixture = new PublisherFixture();
      const many = aResource({ rdmaHcaMax: 5_000 });
      const publisher = fixture.publisher('device-plugins');
      await publisher.start();
      await fixture.kubelet.start();
      fixture.publish(publisher, twoHcas, [many]);
      await fixture.reach(5_000);
      fixture.kubelet.setReading('rdma/hca', false);
      // A gRPC client still buffers 16 messages. After those, the list that is being sent never finishes.
      for (let change = 0; change < 60; change += 1) {
        fixture.publish(publisher, change % 2 === 0 ? [] : twoHcas, [many]);
        await settle();
      }
      await publisher.stop();
      expect(fixture.node.sockets()).toEqual([]);
    },
    livenessMs,
  );
});
