// SPDX-License-Identifier: Apache-2.0
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { registrationMethods } from '#adapters/kubelet/registration/method.ts';
import { until } from '../../support/until.ts';
import { livenessMs } from '../../support/node-fixture.ts';
import { PublisherFixture, kubeletKinds } from '../../support/publisher-fixture.ts';
import { settle } from '../../support/stepped-clock.ts';

let fixture: PublisherFixture;
afterEach(() => fixture.close());

describe.each(kubeletKinds)('KubeletResourcePublisher: $method, kubelet $generation', ({ generation, method }) => {
  it(
    'registers again after each of three kubelet restarts, and pods keep their device nodes',
    async () => {
      fixture = new PublisherFixture({ generation });
      await fixture.served(method);
      const before = await fixture.admit(1);
      for (let restart = 0; restart < 3; restart += 1) {
        await fixture.kubelet.restart();
        await fixture.reach(3);
      }
      expect(await fixture.admit(1)).toEqual(before);
      expect(fixture.node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'registers again after a restart of a kubelet that deletes no sockets',
    async () => {
      fixture = new PublisherFixture({ generation, wipes: false });
      await fixture.served(method);
      await fixture.kubelet.restart();
      await fixture.reach(3);
      expect(fixture.node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'registers again after the kubelet is replaced by one of the other generation',
    async () => {
      fixture = new PublisherFixture({ generation });
      await fixture.served(method);
      const before = await fixture.admit(1);
      await fixture.kubelet.stop();
      const other = await fixture.startOtherKubelet({ generation: generation === 'K1' ? 'K2' : 'K1' });
      expect(await fixture.admit(1, 'pod', other)).toEqual(before);
    },
    livenessMs,
  );

  it(
    'registers with a kubelet that starts later',
    async () => {
      fixture = new PublisherFixture({ generation });
      const publisher = fixture.publisher(method);
      await publisher.start();
      fixture.publish(publisher);
      await fixture.kubelet.start();
      await fixture.reach(3);
      expect(fixture.node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'registers with a kubelet that starts later, although an earlier one left its kubelet.sock',
    async () => {
      fixture = new PublisherFixture({ generation });
      const publisher = fixture.publisher(method);
      await publisher.start();
      await fixture.kubelet.start();
      await fixture.kubelet.stop();
      expect(existsSync(fixture.kubeletSocket)).toBe(true);
      fixture.publish(publisher);
      await fixture.kubelet.start();
      await fixture.reach(3);
    },
    livenessMs,
  );

  it(
    'registers again when the kubelet ends the stream while both are running',
    async () => {
      fixture = new PublisherFixture({ generation });
      await fixture.served(method);
      fixture.kubelet.dropStreams('rdma/hca');
      await fixture.reach(0);
      await fixture.reach(3);
      expect(fixture.node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );
});

describe.each(registrationMethods)('KubeletResourcePublisher: %s', (method) => {
  it(
    'registers without a back-off after each of five quick kubelet restarts',
    async () => {
      fixture = new PublisherFixture();
      await fixture.served(method);
      for (let restart = 0; restart < 5; restart += 1) {
        await fixture.kubelet.restart();
        await fixture.reach(3);
      }
      const delays = fixture.node.log.valuesOf('re-registering', 'retryInMs');
      expect(delays).toHaveLength(5);
      expect(delays.filter((delay) => Number(delay) > 10)).toEqual([]);
    },
    livenessMs,
  );

  it(
    'registers with a second kubelet that binds kubelet.sock while the first keeps its streams',
    async () => {
      fixture = new PublisherFixture();
      await fixture.served(method);
      await fixture.startOtherKubelet({ wipes: false });
      expect(fixture.node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );
});

describe('KubeletResourcePublisher: kubelet.sock', () => {
  it(
    'sends no Register while the socket refuses connections, and finds the next kubelet within a second',
    async () => {
      fixture = new PublisherFixture();
      await fixture.kubelet.start();
      await fixture.kubelet.stop();
      const { publisher, clock } = fixture.steppedPublisher('device-plugins');
      fixture.publish(publisher);
      await clock.step(60_000);
      // Only the first generation registers without a probe.
      expect(fixture.node.log.messages().filter((message) => message === 're-registering')).toHaveLength(1);
      expect(fixture.node.log.valuesOf('waiting for kubelet', 'reason')).toEqual([
        expect.stringContaining('refuses connections'),
      ]);
      await fixture.kubelet.start();
      expect(await fixture.stepToAllShares(clock)).toBeLessThan(1_000);
    },
    livenessMs,
  );

  it(
    'holds one connection while the socket never answers, and finds the next kubelet within a second',
    async () => {
      fixture = new PublisherFixture();
      const { clock } = await fixture.servedInSteps('device-plugins');
      await fixture.kubelet.stop();
      const silent = await fixture.listenSilently(fixture.kubeletSocket);
      const open: number[] = [];
      silent.on('connection', () => silent.getConnections((_, count) => open.push(count)));
      while (open.length < 20) await clock.step(100);
      expect(Math.max(...open)).toBeLessThanOrEqual(1);
      expect(fixture.node.log.valuesOf('waiting for kubelet', 'reason')).toEqual([
        expect.stringContaining('does not answer'),
      ]);
      await fixture.kubelet.start();
      expect(await fixture.stepToAllShares(clock)).toBeLessThan(1_000);
    },
    livenessMs,
  );

  it('stops at once while the socket never answers', async () => {
    fixture = new PublisherFixture();
    const publisher = fixture.publisher('device-plugins');
    await publisher.start();
    fixture.publish(publisher);
    const silent = await fixture.listenSilently(fixture.kubeletSocket);
    await new Promise((resolve) => silent.once('connection', resolve));
    await publisher.stop();
    expect(fixture.node.sockets()).toEqual([]);
  }, 5_000);

  it(
    'stays registered while the file is missing, and registers again when it is back',
    async () => {
      fixture = new PublisherFixture();
      await fixture.served('device-plugins');
      const [socket] = fixture.node.sockets();
      const moved = `${fixture.kubeletSocket}.moved`;
      renameSync(fixture.kubeletSocket, moved);
      // Any new name in the directory is a hint to check the files.
      const hinted = new Promise<void>((resolve) => {
        const stop = fixture.node.parts('auto').watchDirectories(() => resolve());
        fixture.node.onClose(async () => await Promise.resolve(stop()));
      });
      writeFileSync(join(fixture.directory('device-plugins'), 'other'), '');
      await hinted;
      await settle();
      expect([await fixture.healthyShares(), fixture.node.sockets()]).toEqual([3, [socket]]);
      renameSync(moved, fixture.kubeletSocket);
      await fixture.reach(3);
    },
    livenessMs,
  );
});

describe('KubeletResourcePublisher: calls of a kubelet that hang', () => {
  it(
    'registers with the next kubelet if Register hangs',
    async () => {
      fixture = new PublisherFixture();
      fixture.kubelet.faults.inject('register', { kind: 'hang' });
      await fixture.kubelet.start();
      const publisher = fixture.publisher('device-plugins');
      fixture.publish(publisher);
      await until(() => fixture.kubelet.faults.seen('register') === 1);
      await fixture.kubelet.restart();
      await fixture.reach(3);
    },
    livenessMs,
  );

  it.each(['getInfo', 'dial', 'listAndWatch'] as const)(
    'registers after a delay in %s',
    async (rpc) => {
      fixture = new PublisherFixture();
      fixture.kubelet.faults.inject(rpc, { kind: 'late', ms: 700 });
      await fixture.served('plugins-registry');
      expect(fixture.kubelet.faults.seen(rpc)).toBeGreaterThan(0);
      expect(fixture.node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'leaves no timer when it stops while Register hangs',
    async () => {
      fixture = new PublisherFixture();
      fixture.kubelet.faults.inject('register', { kind: 'hang' });
      await fixture.kubelet.start();
      const { publisher, clock } = fixture.steppedPublisher('device-plugins');
      fixture.publish(publisher);
      await until(() => fixture.kubelet.faults.seen('register') === 1);
      const stopped = publisher.stop();
      await clock.step(1_000);
      await stopped;
      expect(clock.pending).toBe(0);
    },
    livenessMs,
  );
});
