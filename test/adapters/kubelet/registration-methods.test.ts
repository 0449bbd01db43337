// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { livenessMs } from '../../support/node-fixture.ts';
import { PublisherFixture } from '../../support/publisher-fixture.ts';

let fixture: PublisherFixture;
afterEach(() => fixture.close());

/** A directory that only the kubelet uses. */
function elsewhere(): string {
  return mkdtempSync(join(tmpdir(), 'rdma-kubelet-'));
}

function removeOnClose(directory: string): void {
  fixture.node.onClose(async () => await Promise.resolve(rmSync(directory, { recursive: true })));
}

const switched = ['waiting for kubelet', 're-registering', 'switching registration method'];

describe('Registration mode auto', () => {
  it(
    'switches to device-plugins when the plugin watcher makes no contact for 10 seconds, and logs it',
    async () => {
      const pluginsRegistryDir = elsewhere();
      fixture = new PublisherFixture({ pluginsRegistryDir });
      removeOnClose(pluginsRegistryDir);
      const { publisher, clock } = fixture.steppedPublisher('auto');
      await fixture.kubelet.start();
      await publisher.start();
      fixture.publish(publisher);
      await fixture.stepToAllShares(clock, 500);
      expect(clock.now()).toBeGreaterThanOrEqual(10_000);
      expect(fixture.node.log.messages('warning')).toEqual(switched);
      expect(fixture.node.log.valuesOf('registered with kubelet', 'method')).toEqual(['device-plugins']);
    },
    livenessMs,
  );

  it(
    'switches to plugins-registry when there is no kubelet.sock for 10 seconds, and logs it',
    async () => {
      const devicePluginsDir = elsewhere();
      fixture = new PublisherFixture({ devicePluginsDir });
      rmSync(fixture.directory('plugins-registry'), { recursive: true });
      removeOnClose(devicePluginsDir);
      const { publisher, clock } = fixture.steppedPublisher('auto');
      await publisher.start();
      fixture.publish(publisher);
      await clock.step(20_000);
      await fixture.kubelet.start();
      await fixture.stepToAllShares(clock, 500);
      expect(fixture.node.log.messages('warning').slice(0, 3)).toEqual(switched);
      expect(fixture.node.log.valuesOf('registered with kubelet', 'method')).toEqual(['plugins-registry']);
    },
    livenessMs,
  );

  it(
    'uses plugins-registry if that directory exists',
    async () => {
      fixture = new PublisherFixture();
      await fixture.served('auto');
      expect(fixture.node.log.valuesOf('registered with kubelet', 'method')).toEqual(['plugins-registry']);
    },
    livenessMs,
  );
});
