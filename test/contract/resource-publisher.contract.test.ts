// SPDX-License-Identifier: Apache-2.0
import { PublisherFixture, kubeletKinds } from '../support/publisher-fixture.ts';
import { resourcePublisherContract } from './resource-publisher.suite.ts';

for (const { generation, method } of kubeletKinds) {
  resourcePublisherContract(`to a kubelet ${generation} by ${method}`, async () => {
    const fixture = new PublisherFixture({ generation });
    await fixture.kubelet.start();
    return {
      publisher: fixture.publisher(method),
      healthyShares: async (resource) => (await fixture.kubelet.devices(resource))?.healthy.length ?? 0,
      registrations: () => fixture.node.sockets(),
      close: () => fixture.close(),
    };
  });
}
