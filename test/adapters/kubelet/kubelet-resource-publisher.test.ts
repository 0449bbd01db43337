// SPDX-License-Identifier: Apache-2.0
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { type Server, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import type { FakeKubeletOptions } from '#adapters/fake-kubelet/fake-kubelet-settings.ts';
import type { KubeletGeneration } from '#adapters/fake-kubelet/kubelet-generation.ts';
import { when } from '#adapters/fake-kubelet/time/when.ts';
import { KubeletResourcePublisher } from '#adapters/kubelet/kubelet-resource-publisher.ts';
import type { RegistrationMode, RegistrationMethod } from '#adapters/kubelet/registration/registration-parts.ts';
import type { Hca } from '#domain/hca/hca.ts';
import { type Plan, emptyPlan, plan } from '#domain/offer/plan.ts';
import type { ResourceSettings } from '#domain/settings/settings.ts';
import { NodeFixture, livenessMs } from '../../support/node-fixture.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';
import { until } from '../../support/until.ts';
import { SteppedClock, settle } from '../../support/stepped-clock.ts';

const both = [anHca(0), anHca(1)];
let node = new NodeFixture();
let current: Plan = emptyPlan;

afterEach(() => node.close());

async function serve(
  mode: RegistrationMode,
  options: Partial<FakeKubeletOptions> = {},
): Promise<KubeletResourcePublisher> {
  await node.close();
  node = new NodeFixture(options);
  current = emptyPlan;
  const publisher = new KubeletResourcePublisher(node.parts(mode), null);
  node.onClose(() => publisher.stop());
  await publisher.start();
  return publisher;
}

/** One over the node that is there, whose time the test moves; its end needs some as well. */
function publisherInSteps(mode: RegistrationMode): {
  readonly publisher: KubeletResourcePublisher;
  readonly clock: SteppedClock;
} {
  const clock = new SteppedClock();
  const publisher = new KubeletResourcePublisher(node.parts(mode, { clock }), null);
  node.onClose(async () => {
    const stopped = publisher.stop();
    await clock.step(1_000);
    await stopped;
  });
  return { publisher, clock };
}

function publish(
  publisher: KubeletResourcePublisher,
  hcas: readonly Hca[],
  resources: readonly ResourceSettings[] = [aResource()],
): void {
  current = plan(settingsOf(...resources), anInventory(hcas), current);
  publisher.publish(current.offers);
}

async function askFor(shares: number, name = 'pod'): Promise<readonly string[] | string> {
  const admission = await node.kubelet.admit({
    namespace: 'test',
    name,
    containers: [{ name: 'main', limits: { 'rdma/hca': shares } }],
  });
  return admission.admitted
    ? admission.containers.flatMap((container) => container.deviceNodes.map(({ hostPath }) => hostPath))
    : admission.message;
}

/** Takes connections and listens, but says nothing on them, for as long as the node is there. */
function muteServer(): Server {
  const connections = new Set<Socket>();
  const server = createServer((socket) =>
    connections.add(socket.resume().once('close', () => connections.delete(socket))),
  );
  node.onClose(async () => {
    server.close();
    // Who came may not leave by itself.
    for (const socket of connections) socket.destroy();
  });
  return server;
}

const nodesOfBoth = ['uverbs0', 'uverbs1', 'umad0', 'umad1', 'rdma_cm'].map((name) => `/dev/infiniband/${name}`);
const ways: readonly RegistrationMethod[] = ['device-plugins', 'plugins-registry'];
const generations: readonly KubeletGeneration[] = ['K1', 'K2'];
const kinds = generations.flatMap((generation) => ways.map((way) => ({ generation, way })));

describe.each(kinds)('a resource offered by $way to a kubelet of generation $generation', ({ generation, way }) => {
  it(
    'reaches the kubelet, is granted, follows the hardware and is taken back',
    async () => {
      const publisher = await serve(way, { generation });
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      expect(await askFor(2)).toEqual(nodesOfBoth);
      publish(publisher, []);
      await node.reach('rdma/hca', 0);
      expect((await node.kubelet.devices('rdma/hca'))?.unhealthy.toSorted()).toEqual(['0', '1', '2']);
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      publish(publisher, both, []);
      await node.until('no share is left', async () => (await node.kubelet.devices('rdma/hca'))?.capacity === 0);
      await publisher.stop();
      expect(node.sockets()).toEqual([]);
    },
    livenessMs,
  );

  it(
    'gives a container shares by device of different HCAs, whatever the kubelet would choose, and tells it of a change of the kind',
    async () => {
      const byDevice = aResource({ sharing: 'device', rdmaHcaMax: 8 });
      const publisher = await serve(way, { generation });
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      publish(publisher, both, [byDevice]);
      await node.reach('rdma/hca', 16);
      for (const pod of ['a', 'b', 'c', 'd']) expect(await askFor(2, pod)).toEqual(nodesOfBoth);
    },
    livenessMs,
  );

  it(
    'comes back after each of three restarts of the kubelet, and the pod keeps what it had',
    async () => {
      const publisher = await serve(way, { generation });
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      const before = await askFor(1);
      for (let restart = 0; restart < 3; restart += 1) {
        await node.kubelet.restart();
        await node.reach('rdma/hca', 3);
      }
      expect(await askFor(1)).toEqual(before);
      expect(node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'waits for a kubelet that starts later',
    async () => {
      const publisher = await serve(way, { generation });
      publish(publisher, both);
      await node.kubelet.start();
      await node.reach('rdma/hca', 3);
    },
    livenessMs,
  );

  it(
    'comes back when the kubelet ends its stream while both live',
    async () => {
      const publisher = await serve(way, { generation });
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      node.kubelet.dropStreams('rdma/hca');
      await node.reach('rdma/hca', 0);
      await node.reach('rdma/hca', 3);
    },
    livenessMs,
  );

  it.each(['deleted', 'replaced'] as const)(
    'comes back when its socket file is %s',
    async (what) => {
      const publisher = await serve(way, { generation });
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      const directory = way === 'device-plugins' ? node.directories.devicePlugins : node.directories.pluginsRegistry;
      const [first = ''] = node.sockets();
      unlinkSync(join(directory, first));
      if (what === 'replaced') writeFileSync(join(directory, first), '');
      await node.until(
        'another socket serves',
        async () =>
          node.sockets().some((name) => name !== first) &&
          (await node.kubelet.devices('rdma/hca'))?.healthy.length === 3,
      );
      expect(await askFor(1)).toEqual(nodesOfBoth);
    },
    livenessMs,
  );
});

describe.each(kinds)(
  'a kubelet that is not there for us, offered to by $way, of generation $generation',
  ({ generation, way }) => {
    it(
      'but has left a kubelet.sock that refuses connections is waited for',
      async () => {
        const publisher = await serve(way, { generation });
        await node.kubelet.start();
        await node.kubelet.stop();
        expect(existsSync(join(node.directories.devicePlugins, 'kubelet.sock'))).toBe(true);
        publish(publisher, both);
        await node.kubelet.start();
        await node.reach('rdma/hca', 3);
      },
      livenessMs,
    );

    it(
      'because it is replaced by one of the other generation is found again',
      async () => {
        const publisher = await serve(way, { generation });
        await node.kubelet.start();
        publish(publisher, both);
        await node.reach('rdma/hca', 3);
        const before = await askFor(1);
        await node.kubelet.stop();
        const { devicePlugins, pluginsRegistry } = node.directories;
        const other = new FakeKubelet({
          devicePluginsDir: devicePlugins,
          pluginsRegistryDir: pluginsRegistry,
          clock: node.clock,
          generation: generation === 'K1' ? 'K2' : 'K1',
        });
        node.onClose(() => other.stop());
        await other.start();
        await when(
          other,
          node.clock,
          'all shares are back',
          livenessMs,
          async () => (await other.devices('rdma/hca'))?.healthy.length === 3,
        );
        const again = await other.admit({
          namespace: 'test',
          name: 'pod',
          containers: [{ name: 'main', limits: { 'rdma/hca': 1 } }],
        });
        expect(
          again.admitted && again.containers.flatMap(({ deviceNodes }) => deviceNodes.map(({ hostPath }) => hostPath)),
        ).toEqual(before);
      },
      livenessMs,
    );

    it(
      'because it restarts while it wipes nothing is found again',
      async () => {
        const publisher = await serve(way, { generation, wipes: false });
        await node.kubelet.start();
        publish(publisher, both);
        await node.reach('rdma/hca', 3);
        await node.kubelet.restart();
        await node.reach('rdma/hca', 3);
        expect(node.sockets()).toHaveLength(1);
      },
      livenessMs,
    );
  },
);

describe('a kubelet.sock', () => {
  it(
    'that refuses connections is waited for without a registration in vain, and found at once',
    async () => {
      await serve('device-plugins');
      await node.kubelet.start();
      await node.kubelet.stop();
      const { publisher, clock } = publisherInSteps('device-plugins');
      publish(publisher, both);
      await clock.step(60_000);
      // The first registration alone takes it on trust.
      expect(node.log.messages().filter((message) => message === 're-registering')).toHaveLength(1);
      expect(node.log.valuesOf('waiting for kubelet', 'what')).toEqual([
        expect.stringContaining('refuses connections'),
      ]);
      await node.kubelet.start();
      const since = clock.now();
      while ((await node.kubelet.devices('rdma/hca'))?.healthy.length !== 3) await clock.step(10);
      expect(clock.now() - since).toBeLessThan(1_000);
    },
    livenessMs,
  );
});

describe('a kubelet.sock on which somebody listens who says nothing', () => {
  it(
    'is not registered with, held by one connection at most, and left as soon as a kubelet is there',
    async () => {
      await serve('device-plugins');
      await node.kubelet.start();
      const { publisher, clock } = publisherInSteps('device-plugins');
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      await node.kubelet.stop();
      const path = join(node.directories.devicePlugins, 'kubelet.sock');
      unlinkSync(path);
      const mute = muteServer();
      const open: number[] = [];
      mute.on('connection', () => mute.getConnections((_, count) => open.push(count)));
      await new Promise<void>((resolve) => void mute.listen(path, resolve));
      while (open.length < 20) await clock.step(100);
      expect(Math.max(...open)).toBeLessThanOrEqual(1);
      expect(node.log.valuesOf('waiting for kubelet', 'what')).toEqual([expect.stringContaining('does not answer')]);
      await node.kubelet.start();
      const since = clock.now();
      while ((await node.kubelet.devices('rdma/hca'))?.healthy.length !== 3) await clock.step(10);
      expect(clock.now() - since).toBeLessThan(1_000);
    },
    livenessMs,
  );

  it('does not keep the end of this program waiting', async () => {
    const publisher = await serve('device-plugins');
    publish(publisher, both);
    const mute = muteServer();
    const asked = new Promise((resolve) => mute.once('connection', resolve));
    await new Promise<void>(
      (resolve) => void mute.listen(join(node.directories.devicePlugins, 'kubelet.sock'), resolve),
    );
    await asked;
    await publisher.stop();
  }, 5_000);
});

describe('a kubelet.sock that is deleted while the kubelet serves on', () => {
  it(
    'costs nothing, and is registered with again when it is there again',
    async () => {
      const publisher = await serve('device-plugins');
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      const [socket] = node.sockets();
      const [path, away] = ['kubelet.sock', 'away.sock'].map((name) => join(node.directories.devicePlugins, name)) as [
        string,
        string,
      ];
      renameSync(path, away);
      // Any name that comes here makes it look.
      const seen = new Promise<void>((resolve) => {
        node.onClose(async () => stop());
        const stop = node.parts('auto').watchDirectories(() => resolve());
      });
      writeFileSync(join(node.directories.devicePlugins, 'other'), '');
      await seen;
      await settle();
      expect([(await node.kubelet.devices('rdma/hca'))?.healthy.length, node.sockets()]).toEqual([3, [socket]]);
      renameSync(away, path);
      await node.reach('rdma/hca', 3);
    },
    livenessMs,
  );
});

describe.each(ways)('a directory, where our socket by %s is, that something is mounted over for a while', (way) => {
  it(
    'has no socket of old when it is there again',
    async () => {
      const publisher = await serve(way);
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      const directory = way === 'device-plugins' ? node.directories.devicePlugins : node.directories.pluginsRegistry;
      const hidden = `${directory}.hidden`;
      const [first = ''] = node.sockets();
      // What a mount hides is there and cannot be reached by its path.
      renameSync(join(directory, first), hidden);
      await until(() => !node.sockets().includes(first) && node.sockets().length === 1);
      renameSync(hidden, join(directory, first));
      await until(() => !node.sockets().includes(first));
      expect(node.sockets()).toHaveLength(1);
      await node.reach('rdma/hca', 3);
    },
    livenessMs,
  );
});

describe.each(ways)('a second kubelet, offered to by %s,', (way) => {
  it(
    'that binds a kubelet.sock of its own while the old one holds on to its streams is registered with',
    async () => {
      const publisher = await serve(way);
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      const { devicePlugins, pluginsRegistry } = node.directories;
      const second = new FakeKubelet({
        devicePluginsDir: devicePlugins,
        pluginsRegistryDir: pluginsRegistry,
        clock: node.clock,
        wipes: false,
      });
      node.onClose(() => second.stop());
      await second.start();
      await when(
        second,
        node.clock,
        'all shares are there',
        livenessMs,
        async () => (await second.devices('rdma/hca'))?.healthy.length === 3,
      );
      expect(node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );
});

describe('a registration that hangs', () => {
  it(
    'in Register ends with the kubelet that hung, and the next one has the shares',
    async () => {
      const publisher = await serve('device-plugins');
      node.kubelet.faults.inject('register', { kind: 'hang' });
      await node.kubelet.start();
      publish(publisher, both);
      await until(() => node.kubelet.faults.seen('register') === 1);
      await node.kubelet.restart();
      await node.reach('rdma/hca', 3);
    },
    livenessMs,
  );

  it.each(['getInfo', 'dial', 'listAndWatch'] as const)(
    'for a while in %s comes to its end',
    async (rpc) => {
      const publisher = await serve('plugins-registry');
      node.kubelet.faults.inject(rpc, { kind: 'late', ms: 700 });
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      expect(node.kubelet.faults.seen(rpc)).toBeGreaterThan(0);
      expect(node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );
});

describe('a registration that goes wrong', () => {
  it.each([
    ['the kubelet refuses Register', 'device-plugins', 'register', { kind: 'error', message: 'not now' }],
    [
      'the kubelet cannot read the options',
      'device-plugins',
      'getDevicePluginOptions',
      { kind: 'error', message: 'not now' },
    ],
    ['the kubelet does not open the list', 'device-plugins', 'listAndWatch', { kind: 'error', message: 'not now' }],
    [
      'the plugin watcher is refused',
      'plugins-registry',
      'getDevicePluginOptions',
      { kind: 'error', message: 'not now' },
    ],
  ] as const)(
    'is tried again on a fresh socket when %s',
    async (_, way, rpc, fault) => {
      const publisher = await serve(way, { generation: 'K1' });
      node.kubelet.faults.inject(rpc, fault, 2);
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      expect(node.kubelet.faults.seen(rpc)).toBe(3);
      expect(node.log.messages('warning')).toContain('re-registering');
      expect(node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'is said with the reason',
    async () => {
      const publisher = await serve('device-plugins');
      node.kubelet.faults.inject('register', { kind: 'error', message: 'the moon is full' });
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      expect(node.log.valuesOf('re-registering', 'reason')).toEqual([expect.stringContaining('the moon is full')]);
    },
    livenessMs,
  );
});

describe.each(kinds)(
  'two instances over the directories of a kubelet of generation $generation, by $way',
  ({ generation, way }) => {
    /** The older is on a clock that a test moves, the newer on the machine's. */
    async function serveTwice() {
      await node.close();
      node = new NodeFixture({ generation });
      current = emptyPlan;
      const { publisher: older, clock } = publisherInSteps(way);
      await node.kubelet.start();
      await older.start();
      publish(older, both);
      while ((await node.kubelet.devices('rdma/hca'))?.healthy.length !== 3) await clock.step(100);
      const newer = new KubeletResourcePublisher(node.parts(way, { wallClock: () => 0 }), null);
      node.onClose(() => newer.stop());
      await newer.start();
      newer.publish(current.offers);
      while (!older.isStandby) await clock.step(100);
      return { older, newer, clock };
    }

    it(
      'are told apart, whatever the wall clock says: the newer serves, the older yields, and both say so',
      async () => {
        const { older, newer } = await serveTwice();
        await node.until(
          'one socket serves',
          async () => node.sockets().length === 1 && (await node.kubelet.devices('rdma/hca'))?.healthy.length === 3,
        );
        expect([older.isStandby, newer.isStandby]).toEqual([true, false]);
        expect(node.log.messages('warning')).toEqual(
          expect.arrayContaining([
            'another instance is running; the older one stands by',
            'standing by for a newer instance',
          ]),
        );
      },
      livenessMs,
    );

    it(
      'do not harm each other when the older ends',
      async () => {
        const { older, clock } = await serveTwice();
        await node.reach('rdma/hca', 3);
        const serving = node.sockets();
        const stopped = older.stop();
        await clock.step(1_000);
        await stopped;
        await node.reach('rdma/hca', 3);
        expect([node.sockets().length, serving.length]).toEqual([1, 1]);
        expect(await askFor(1)).toEqual(nodesOfBoth);
      },
      livenessMs,
    );

    it(
      'change places again when the newer ends first',
      async () => {
        const { older, newer, clock } = await serveTwice();
        await node.reach('rdma/hca', 3);
        await newer.stop();
        while (older.isStandby || (await node.kubelet.devices('rdma/hca'))?.healthy.length !== 3) await clock.step(100);
        expect(node.log.messages('warning')).toContain('newer instance gone; serving again');
        expect(await askFor(1)).toEqual(nodesOfBoth);
      },
      livenessMs,
    );

    it(
      'stay as they are through a restart of the kubelet',
      async () => {
        const { older, clock } = await serveTwice();
        await node.reach('rdma/hca', 3);
        await node.kubelet.restart();
        await clock.step(1_000);
        await node.reach('rdma/hca', 3);
        await clock.step(1_000);
        expect([older.isStandby, node.sockets().length]).toEqual([true, 1]);
      },
      livenessMs,
    );
  },
);

describe.each(ways.flatMap((way) => (['00000000', 'zzzzzzzz'] as const).map((instance) => ({ way, instance }))))(
  'another instance, $instance, that is killed, by $way,',
  ({ way, instance }) => {
    it(
      'leaves its sockets to the one that goes on, which takes them away while it serves',
      async () => {
        const publisher = await serve(way);
        await node.kubelet.start();
        publish(publisher, both);
        await node.reach('rdma/hca', 3);
        const directory = way === 'device-plugins' ? node.directories.devicePlugins : node.directories.pluginsRegistry;
        const [dead = '', alive = ''] = ['a', 'b'].map((slot) =>
          join(directory, `rdma-shared-dp-${slot.repeat(8)}-${instance}-000000.sock`),
        );
        const servers = [dead, alive].map(() => muteServer());
        // A socket that is renamed is not unlinked when its server closes.
        for (const [i, path] of [dead, alive].entries()) {
          await new Promise<void>((resolve) => void servers[i]?.listen(`${path}.new`, resolve));
          renameSync(`${path}.new`, path);
        }
        await new Promise((resolve) => servers[0]?.close(resolve));
        await until(() => !existsSync(dead));
        expect(existsSync(alive)).toBe(true);
        unlinkSync(alive);
      },
      livenessMs,
    );
  },
);

describe('a directory of the kubelet that is missing', () => {
  it.each([...ways, 'auto'] as const)(
    'at the start is waited for, by %s, and what is waited for is said',
    async (mode) => {
      await serve('device-plugins');
      for (const directory of Object.values(node.directories)) rmSync(directory, { recursive: true });
      const publisher = new KubeletResourcePublisher(node.parts(mode), null);
      node.onClose(() => publisher.stop());
      await publisher.start();
      publish(publisher, both);
      const said = node.log.lines.filter(({ fields }) => fields['code'] === 'KUBELET_DIRECTORY_MISSING');
      expect(said.map(({ level, fields }) => [level, typeof fields['remedy']])).toEqual(
        Array.from({ length: mode === 'auto' ? 2 : 1 }, () => ['warning', 'string']),
      );
      for (const directory of Object.values(node.directories)) mkdirSync(directory);
      await node.kubelet.start();
      await node.reach('rdma/hca', 3);
    },
    livenessMs,
  );

  it.each(ways)(
    'later, with all that is in it, and then is there again, gets a fresh socket by %s',
    async (way) => {
      const publisher = await serve(way);
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      for (const directory of Object.values(node.directories)) rmSync(directory, { recursive: true });
      await node.kubelet.stop();
      for (const directory of Object.values(node.directories)) mkdirSync(directory);
      await node.kubelet.start();
      await node.reach('rdma/hca', 3);
      expect(node.sockets()).toHaveLength(1);
    },
    livenessMs,
  );
});

describe('an end that repeats itself', () => {
  it(
    'is told once, and told more of when it goes on',
    async () => {
      const publisher = await serve('device-plugins');
      node.kubelet.faults.inject('register', { kind: 'error', message: 'no' }, 6);
      const { publisher: patient, clock } = publisherInSteps('device-plugins');
      await publisher.stop();
      await node.kubelet.start();
      await patient.start();
      publish(patient, both);
      while ((await node.kubelet.devices('rdma/hca'))?.healthy.length !== 3) await clock.step(500);
      expect(node.log.messages('warning')).toEqual([
        're-registering',
        'registration keeps failing with the same error; still retrying',
      ]);
      expect(node.kubelet.faults.seen('register')).toBe(7);
    },
    livenessMs,
  );
});

describe('a kubelet that restarts again and again', () => {
  it.each(ways)(
    'is registered with by %s at once each time, without the back-off for one that refuses',
    async (way) => {
      const publisher = await serve(way);
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      for (let restart = 0; restart < 5; restart += 1) {
        await node.kubelet.restart();
        await node.reach('rdma/hca', 3);
      }
      const delays = node.log.valuesOf('re-registering', 'retryInMs');
      expect(delays).toHaveLength(5);
      expect(delays.filter((delay) => Number(delay) > 10)).toEqual([]);
    },
    livenessMs,
  );
});

describe('mode auto', () => {
  it(
    'changes over to kubelet.sock when nobody comes to the registry, and says so',
    async () => {
      const elsewhere = mkdtempSync(join(tmpdir(), 'rdma-registry-'));
      await node.close();
      node = new NodeFixture({ pluginsRegistryDir: elsewhere });
      current = emptyPlan;
      node.onClose(async () => rmSync(elsewhere, { recursive: true }));
      const { publisher, clock } = publisherInSteps('auto');
      await node.kubelet.start();
      await publisher.start();
      publish(publisher, both);
      while ((await node.kubelet.devices('rdma/hca'))?.healthy.length !== 3) await clock.step(500);
      expect(clock.now()).toBeGreaterThanOrEqual(10_000);
      expect(node.log.messages('warning')).toEqual([
        'waiting for kubelet',
        're-registering',
        'switching registration method',
      ]);
      expect(node.log.valuesOf('registered with kubelet', 'way')).toEqual(['device-plugins']);
    },
    livenessMs,
  );

  it(
    'changes over to the registry when there is no kubelet.sock where we look, and says so',
    async () => {
      const elsewhere = mkdtempSync(join(tmpdir(), 'rdma-plugins-'));
      await node.close();
      node = new NodeFixture({ devicePluginsDir: elsewhere });
      current = emptyPlan;
      rmSync(node.directories.pluginsRegistry, { recursive: true });
      node.onClose(async () => rmSync(elsewhere, { recursive: true }));
      const { publisher, clock } = publisherInSteps('auto');
      await publisher.start();
      publish(publisher, both);
      await clock.step(20_000);
      await node.kubelet.start();
      while ((await node.kubelet.devices('rdma/hca'))?.healthy.length !== 3) await clock.step(500);
      expect(node.log.messages('warning').slice(0, 3)).toEqual([
        'waiting for kubelet',
        're-registering',
        'switching registration method',
      ]);
      expect(node.log.valuesOf('registered with kubelet', 'way')).toEqual(['plugins-registry']);
    },
    livenessMs,
  );

  it(
    'takes the registry where there is one',
    async () => {
      const publisher = await serve('auto');
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      expect(node.log.valuesOf('registered with kubelet', 'way')).toEqual(['plugins-registry']);
    },
    livenessMs,
  );
});

describe('many resources', () => {
  it(
    'are registered side by side and stopped together, leaving nothing behind',
    async () => {
      const publisher = await serve('device-plugins');
      await node.kubelet.start();
      const resources = Array.from({ length: 20 }, (_, i) => aResource({ name: `rdma/hca_${i}` }));
      publish(publisher, both, resources);
      for (const { name } of resources) await node.reach(name, 3);
      await publisher.stop();
      expect(node.sockets()).toEqual([]);
    },
    livenessMs,
  );
});

describe('a kubelet that has stopped reading', () => {
  it(
    'does not keep the publisher from ending, and has no socket left',
    async () => {
      const many = aResource({ rdmaHcaMax: 20_000 });
      const publisher = await serve('device-plugins');
      await node.kubelet.start();
      publish(publisher, both, [many]);
      await node.reach('rdma/hca', 20_000);
      node.kubelet.setReading('rdma/hca', false);
      // A client of gRPC still takes 16 messages; after those the list that is under way stays so.
      for (let change = 0; change < 60; change += 1) {
        publish(publisher, change % 2 === 0 ? [] : both, [many]);
        await settle();
      }
      await publisher.stop();
      expect(node.sockets()).toEqual([]);
    },
    livenessMs,
  );
});

describe('the start', () => {
  it(
    'removes sockets of a process of ours that was killed, and leaves those of others',
    async () => {
      const publisher = await serve('device-plugins');
      await node.kubelet.start();
      publish(publisher, both);
      await node.reach('rdma/hca', 3);
      // A killed process leaves its files: a socket that is renamed away is not unlinked when its server closes.
      const dead = join(node.directories.devicePlugins, 'rdma-shared-dp-00000000-00000000-000000.sock');
      renameSync(join(node.directories.devicePlugins, node.sockets()[0] ?? ''), dead);
      await publisher.stop();
      expect(existsSync(dead)).toBe(true);
      const next = new KubeletResourcePublisher(node.parts('device-plugins'), null);
      await next.start();
      expect(existsSync(dead)).toBe(false);
      expect(readdirSync(node.directories.devicePlugins)).toContain('kubelet.sock');
    },
    livenessMs,
  );
});
