// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { registrationMethods } from '#adapters/kubelet/registration/method.ts';
import { livenessMs } from '../../support/node-fixture.ts';
import { PublisherFixture, kubeletKinds, nodesOfTwoHcas } from '../../support/publisher-fixture.ts';

let fixture: PublisherFixture;
afterEach(() => fixture.close());

describe.each(kubeletKinds)('Plugin socket: $method, kubelet $generation', ({ generation, method }) => {
  it.each(['deleted', 'replaced'] as const)(
    'is created under another name after it was %s',
    async (what) => {
      fixture = new PublisherFixture({ generation });
      await fixture.served(method);
      const [first = ''] = fixture.node.sockets();
      const path = join(fixture.directory(method), first);
      unlinkSync(path);
      if (what === 'replaced') writeFileSync(path, '');
      await fixture.node.until(
        'another socket serves',
        async () => fixture.node.sockets().some((name) => name !== first) && (await fixture.healthyShares()) === 3,
      );
      expect(await fixture.admit(1)).toEqual(nodesOfTwoHcas);
    },
    livenessMs,
  );
});

describe.each(registrationMethods)('Plugin socket: %s', (method) => {
  it(
    'is removed if it appears again after a mount over its directory hid it',
    async () => {
      fixture = new PublisherFixture();
      const { clock } = await fixture.servedInSteps(method);
      const directory = fixture.directory(method);
      const [first = ''] = fixture.node.sockets();
      const hidden = `${directory}.hidden`;
      renameSync(join(directory, first), hidden);
      while (fixture.node.sockets().includes(first) || fixture.node.sockets().length !== 1) await clock.step(100);
      renameSync(hidden, join(directory, first));
      while (fixture.node.sockets().includes(first)) await clock.step(100);
      expect(fixture.node.sockets()).toHaveLength(1);
      await fixture.stepToAllShares(clock);
    },
    livenessMs,
  );

  it(
    'is removed if it appears again when no resource is left',
    async () => {
      fixture = new PublisherFixture();
      const { publisher, clock } = await fixture.servedInSteps(method);
      const directory = fixture.directory(method);
      const [socket = ''] = fixture.node.sockets();
      const hidden = `${directory}.hidden`;
      renameSync(join(directory, socket), hidden);
      publisher.publish([]);
      for (let i = 0; i < 20; i += 1) await clock.step(100);
      renameSync(hidden, join(directory, socket));
      while (fixture.node.sockets().includes(socket)) {
        publisher.publish([]);
        await clock.step(100);
      }
    },
    livenessMs,
  );

  it.each(['00000000', 'zzzzzzzz'] as const)(
    'is removed while another instance serves, if its own instance %s was killed',
    async (instance) => {
      fixture = new PublisherFixture();
      const { clock } = await fixture.servedInSteps(method);
      const [dead = '', alive = ''] = ['aaaaaaaa', 'bbbbbbbb'].map((hash) =>
        join(fixture.directory(method), `rdma-shared-dp-${hash}-${instance}-000000.sock`),
      );
      const killed = await fixture.listenSilently(dead);
      await fixture.listenSilently(alive);
      await new Promise((resolve) => killed.close(resolve));
      while (existsSync(dead)) await clock.step(100);
      expect(existsSync(alive)).toBe(true);
      unlinkSync(alive);
    },
    livenessMs,
  );

  it(
    'is created again after its directory was deleted and created again',
    async () => {
      fixture = new PublisherFixture();
      await fixture.served(method);
      const directories = Object.values(fixture.node.directories);
      for (const directory of directories) rmSync(directory, { recursive: true });
      await fixture.kubelet.stop();
      for (const directory of directories) mkdirSync(directory);
      await fixture.kubelet.start();
      await fixture.reach(3);
      expect(fixture.node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );
});

describe('Plugin socket', () => {
  it.each([...registrationMethods, 'auto'] as const)(
    'is created with %s when a missing directory appears, which is logged with a remedy',
    async (mode) => {
      fixture = new PublisherFixture();
      const directories = Object.values(fixture.node.directories);
      for (const directory of directories) rmSync(directory, { recursive: true });
      const publisher = fixture.publisher(mode);
      await publisher.start();
      fixture.publish(publisher);
      const lines = fixture.node.log.lines.filter(({ fields }) => fields['code'] === 'KUBELET_DIRECTORY_MISSING');
      expect(lines.map(({ level, fields }) => [level, typeof fields['remedy']])).toEqual(
        Array.from({ length: mode === 'auto' ? 2 : 1 }, () => ['warning', 'string']),
      );
      for (const directory of directories) mkdirSync(directory);
      await fixture.kubelet.start();
      await fixture.reach(3);
    },
    livenessMs,
  );

  it(
    'of a killed process is removed at startup, and sockets of other programs stay',
    async () => {
      fixture = new PublisherFixture();
      const publisher = await fixture.served('device-plugins');
      const directory = fixture.directory('device-plugins');
      // A socket that was renamed is not removed when its server closes, as after a process that was killed.
      const dead = join(directory, 'rdma-shared-dp-00000000-00000000-000000.sock');
      renameSync(join(directory, fixture.node.sockets()[0] ?? ''), dead);
      await publisher.stop();
      expect(existsSync(dead)).toBe(true);
      await fixture.publisher('device-plugins').start();
      expect(existsSync(dead)).toBe(false);
      expect(readdirSync(directory)).toContain('kubelet.sock');
    },
    livenessMs,
  );
});
