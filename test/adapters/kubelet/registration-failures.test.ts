// SPDX-License-Identifier: Apache-2.0
import { renameSync } from 'node:fs';
import { type Socket, connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { livenessMs } from '../../support/node-fixture.ts';
import { PublisherFixture } from '../../support/publisher-fixture.ts';

let fixture: PublisherFixture;
afterEach(() => fixture.close());

const notNow = { kind: 'error', message: 'not now' } as const;

/** Counts the connections to kubelet.sock: puts a socket in its place that forwards to it. */
async function countConnections(): Promise<() => number> {
  const moved = `${fixture.kubeletSocket}.moved`;
  renameSync(fixture.kubeletSocket, moved);
  const open = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    const kubelet = connect({ path: moved });
    for (const end of [socket, kubelet]) open.add(end.on('error', () => {}));
    socket.pipe(kubelet).pipe(socket);
  });
  await new Promise<void>((resolve) => void server.listen(fixture.kubeletSocket, resolve));
  fixture.node.onClose(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return () => count;
}

describe('KubeletResourcePublisher: a registration that fails', () => {
  it.each([
    ['the kubelet refuses Register', 'device-plugins', 'register'],
    ['the kubelet cannot read the options', 'device-plugins', 'getDevicePluginOptions'],
    ['the kubelet does not open the stream', 'device-plugins', 'listAndWatch'],
    ['the plugin watcher refuses the plugin', 'plugins-registry', 'getDevicePluginOptions'],
  ] as const)(
    'is repeated on a fresh socket if %s',
    async (_, method, rpc) => {
      fixture = new PublisherFixture({ generation: 'K1' });
      fixture.kubelet.faults.inject(rpc, notNow, 2);
      await fixture.servedInSteps(method);
      expect(fixture.kubelet.faults.seen(rpc)).toBe(3);
      expect(fixture.node.log.messages('warning')).toContain('re-registering');
      expect(fixture.node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'is logged with the reason of the kubelet',
    async () => {
      fixture = new PublisherFixture();
      fixture.kubelet.faults.inject('register', notNow);
      await fixture.served('device-plugins');
      expect(fixture.node.log.valuesOf('re-registering', 'reason')).toEqual([expect.stringContaining('not now')]);
    },
    livenessMs,
  );

  it(
    'is logged once, and with advice after five equal failures',
    async () => {
      fixture = new PublisherFixture();
      fixture.kubelet.faults.inject('register', notNow, 6);
      const { publisher, clock } = fixture.steppedPublisher('device-plugins');
      await fixture.kubelet.start();
      await publisher.start();
      fixture.publish(publisher);
      await fixture.stepToAllShares(clock, 500);
      expect(fixture.node.log.messages('warning')).toEqual([
        're-registering',
        'registration keeps failing with the same error; still retrying',
      ]);
      expect(fixture.kubelet.faults.seen('register')).toBe(7);
    },
    livenessMs,
  );

  it(
    'costs about one connection to kubelet.sock a second while the kubelet refuses',
    async () => {
      fixture = new PublisherFixture();
      fixture.kubelet.faults.inject('register', notNow, 1_000);
      await fixture.kubelet.start();
      const connections = await countConnections();
      const { publisher, clock } = fixture.steppedPublisher('device-plugins');
      await publisher.start();
      fixture.publish(publisher);
      const refusals = (): number => fixture.kubelet.faults.seen('register');
      while (refusals() < 10) await clock.step(100);
      const since = { ms: clock.now(), connections: connections(), refusals: refusals() };
      while (refusals() < since.refusals + 5) await clock.step(100);
      const seconds = (clock.now() - since.ms) / 1_000;
      // A check each second, and for each Register at most a check before and after the delay, a probe and the call.
      expect(connections() - since.connections).toBeLessThanOrEqual(Math.ceil(seconds) + 4 * 6);
    },
    livenessMs,
  );

  it(
    'is repeated at once when the refusing kubelet is replaced during the back-off',
    async () => {
      fixture = new PublisherFixture();
      fixture.kubelet.faults.inject('register', notNow, 8);
      await fixture.kubelet.start();
      const { publisher, clock } = fixture.steppedPublisher('device-plugins');
      await publisher.start();
      fixture.publish(publisher);
      while (fixture.node.log.valuesOf('re-registering', 'retryInMs').length < 8) await clock.step(500);
      expect(Number(fixture.node.log.valuesOf('re-registering', 'retryInMs').at(-1))).toBeGreaterThan(7_000);
      await fixture.kubelet.restart();
      expect(await fixture.stepToAllShares(clock)).toBeLessThan(1_500);
    },
    livenessMs,
  );
});
