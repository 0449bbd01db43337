// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ProblemError } from '#domain/problem/problem.ts';
import { DaemonFixture, resource } from '../support/daemon-fixture.ts';
import { livenessMs } from '../support/node-fixture.ts';
import { until } from '../support/until.ts';

let here = new DaemonFixture();
afterEach(() => here.node.close());

async function begin(options: { readonly cdi?: boolean; readonly settings?: object } = {}): Promise<DaemonFixture> {
  await here.node.close();
  here = new DaemonFixture(options);
  here.host.addHca({ name: 'mlx5_0' });
  here.write(options.settings ?? { configList: [resource('a')] });
  await here.node.kubelet.start();
  return here;
}

function offered(): readonly (readonly [string, number, readonly string[]])[] {
  return here.daemon.plan.offers.map(({ resource: name, shares, hcas }) => [
    name,
    shares.filter(({ healthy }) => healthy).length,
    hcas.map((hca) => hca.name),
  ]);
}

describe('the daemon', () => {
  it(
    'offers what its settings ask of the host, from its start on',
    async () => {
      await begin();
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      expect(offered()).toEqual([['rdma/a', 3, ['mlx5_0']]]);
    },
    livenessMs,
  );

  it(
    'follows a hint that the host has changed',
    async () => {
      await begin();
      await here.daemon.start();
      here.host.addHca({ name: 'mlx5_1' });
      await until(() => offered()[0]?.[2].length === 2);
      await here.node.reach('rdma/a', 3);
      here.host.removeHca('mlx5_0');
      here.host.removeHca('mlx5_1');
      await here.node.reach('rdma/a', 0);
      expect(here.daemon.plan.problems.map(({ code }) => code)).toContain('RESOURCE_EMPTY');
    },
    livenessMs,
  );

  it(
    'grants extra device nodes as the settings ask, and follows them when they come, go, or are no longer wanted',
    async () => {
      const wanting = (...extra: readonly string[]): object => ({
        configList: [{ ...resource('a'), deviceNodes: { extra } }],
      });
      const extraNodes = (): unknown =>
        here.daemon.plan.offers[0]?.nodes
          .get('mlx5_0')
          ?.filter(({ kind }) => kind === 'extra')
          .map(({ path }) => path);
      await begin({ settings: wanting('/dev/gdr*') });
      here.host.setExtraNodes(['/dev/xpmem']);
      await here.daemon.start();
      expect(extraNodes()).toEqual([]);
      expect(here.daemon.plan.problems.map(({ code }) => code)).toEqual(['EXTRA_NODE_NOT_FOUND']);
      here.host.setExtraNodes(['/dev/gdrdrv', '/dev/xpmem']);
      await until(() => here.daemon.plan.problems.length === 0);
      expect(extraNodes()).toEqual(['/dev/gdrdrv']);
      here.write(wanting('/dev/xpmem'));
      await here.daemon.reload();
      await until(() => String(extraNodes()) === '/dev/xpmem');
      here.host.setExtraNodes([]);
      await until(() => String(extraNodes()) === '');
      await here.node.reach('rdma/a', 3);
    },
    livenessMs,
  );

  it(
    'looks again after each interval of the settings',
    async () => {
      await begin({ settings: { periodicUpdateInterval: 7, configList: [resource('a')] } });
      await here.daemon.start();
      await here.clock.step(6_999);
      expect(here.clock.pending).toBe(1);
      const before = here.daemon.plan;
      await here.clock.step(1);
      await until(() => here.daemon.plan !== before);
      const second = here.daemon.plan;
      await here.clock.step(7_000);
      await until(() => here.daemon.plan !== second);
    },
    livenessMs,
  );

  it(
    'never looks by itself when the interval is 0',
    async () => {
      await begin({ settings: { periodicUpdateInterval: 0, configList: [resource('a')] } });
      await here.daemon.start();
      await here.clock.step(0);
      expect(here.clock.pending).toBe(0);
    },
    livenessMs,
  );

  it(
    'offers nothing in exclusive mode, says so once, and comes back by itself',
    async () => {
      await begin();
      here.host.setNetnsMode('exclusive');
      await here.daemon.start();
      here.daemon.wake();
      here.daemon.wake();
      expect(offered()).toEqual([['rdma/a', 0, []]]);
      await here.clock.step(60_000);
      const said = here.node.log.messages('warning').filter((message) => message.includes('exclusive'));
      expect(said).toHaveLength(1);
      here.host.setNetnsMode('shared');
      await here.node.reach('rdma/a', 3);
    },
    livenessMs,
  );

  it(
    'says why a resource is empty once, and that it no longer is',
    async () => {
      await begin();
      here.host.removeHca('mlx5_0');
      await here.daemon.start();
      await here.clock.step(600_000);
      const empty = (): readonly string[] =>
        here.node.log.messages('warning').filter((message) => message.includes('has no shares available'));
      expect(empty()).toEqual(['rdma/a has no shares available: this node has no RDMA device.']);
      here.host.addHca({ name: 'mlx5_0' });
      await here.node.reach('rdma/a', 3);
      expect(here.node.log.messages('info')).toContain('problem resolved');
      expect(empty()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'leaves nothing running when it is stopped during its start',
    async () => {
      await begin();
      const started = here.daemon.start();
      await here.daemon.stop();
      await started;
      expect([here.clock.pending, here.node.sockets()]).toEqual([0, []]);
    },
    livenessMs,
  );

  it(
    'ends whatever it began',
    async () => {
      await begin();
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      await here.daemon.stop();
      expect([here.clock.pending, here.node.sockets()]).toEqual([0, []]);
      here.host.addHca({ name: 'mlx5_9' });
      here.daemon.wake();
      await here.clock.step(600_000);
      expect(offered()).toEqual([['rdma/a', 3, ['mlx5_0']]]);
    },
    livenessMs,
  );
});

describe('new settings', () => {
  it(
    'are in force after a reload, and touch only what changed',
    async () => {
      await begin();
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      const [socket] = here.node.sockets();
      here.configure(resource('a'), resource('b', 5));
      await here.daemon.reload();
      await here.node.reach('rdma/b', 5);
      expect(here.node.sockets()).toContain(socket);
      here.configure(resource('b', 5));
      await here.daemon.reload();
      await here.node.until('rdma/a is empty', async () => (await here.node.kubelet.devices('rdma/a'))?.capacity === 0);
      await until(() => here.node.sockets().length === 1 || (void here.clock.step(0), false));
      expect(here.node.sockets()).not.toContain(socket);
    },
    livenessMs,
  );

  it(
    'asked for during the start are read after it, and leave one timer',
    async () => {
      await begin();
      const started = here.daemon.start();
      const reloaded = here.daemon.reload();
      here.configure(resource('a', 6));
      await Promise.all([started, reloaded]);
      await here.node.reach('rdma/a', 6);
      expect(here.clock.pending).toBe(1);
    },
    livenessMs,
  );

  it(
    'asked for a hundred times at once are read as few times as give the newest',
    async () => {
      await begin();
      await here.daemon.start();
      const asked = Array.from({ length: 100 }, (_, i) => {
        if (i === 50) here.configure(resource('a', 9));
        return here.daemon.reload();
      });
      await Promise.all(asked);
      await here.node.reach('rdma/a', 9);
      const readings = here.node.log.messages().filter((message) => message === 'new settings applied').length;
      expect([1, 2]).toContain(readings);
    },
    livenessMs,
  );

  it(
    'that are bad are told with every problem, and the old ones stay',
    async () => {
      await begin();
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      here.write({ configList: [{ resourceName: 'a b', rdmaHcaMax: -1, selectors: { vendors: ['15b3'] } }] });
      await here.daemon.reload();
      expect(here.node.log.messages('error')).toHaveLength(3);
      expect(here.node.log.valuesOf('new settings rejected; keeping the previous ones', 'problems')).toEqual([2]);
      expect(offered()).toEqual([['rdma/a', 3, ['mlx5_0']]]);
    },
    livenessMs,
  );

  it(
    'are told of in the cluster where they are refused and where they come into force',
    async () => {
      await begin();
      await here.daemon.start();
      here.write({ configList: 3 });
      await here.daemon.reload();
      here.configure(resource('b'));
      await here.daemon.reload();
      expect(here.nodeEvents.told.map(({ reason }) => reason)).toEqual(['RdmaSettingsRefused', 'RdmaSettingsApplied']);
      here.configure({ ...resource('b'), selectors: { vendors: ['ffff'] } });
      await here.daemon.reload();
      await here.clock.step(60_000);
      expect(here.nodeEvents.told.at(-1)).toMatchObject({ about: 'rdma/b', reason: 'RdmaResourceEmpty' });
      await here.daemon.stop();
      expect(here.nodeEvents.stopped).toBe(true);
    },
    livenessMs,
  );

  it(
    'that are bad at the start keep it from starting, with every problem',
    async () => {
      await begin({ settings: { periodicUpdateInterval: -5, configList: [] } });
      const failure: unknown = await here.daemon.start().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ProblemError);
      expect(failure instanceof ProblemError && failure.problems.map(({ subject }) => subject).toSorted()).toEqual([
        'configList',
        'periodicUpdateInterval',
      ]);
    },
    livenessMs,
  );
});

describe('links', () => {
  const strict = { ...resource('a'), health: { linkDown: 'unhealthy', holdDownSeconds: 10 } };

  it(
    'that fall take the shares with them, and give them back when they have stayed up',
    async () => {
      await begin({ settings: { configList: [strict] } });
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      here.host.setPortState('mlx5_0', 1, 'DOWN');
      await here.node.reach('rdma/a', 0);
      here.host.setPortState('mlx5_0', 1, 'ACTIVE');
      await until(() => here.daemon.plan.changesAt !== null);
      await here.clock.step(9_000);
      expect(offered()).toEqual([['rdma/a', 0, ['mlx5_0']]]);
      await here.clock.step(1_000);
      await here.node.reach('rdma/a', 3);
    },
    livenessMs,
  );

  it(
    'are watched only while a resource asks for it',
    async () => {
      await begin({ settings: { configList: [strict] } });
      const watched: string[] = [];
      const daemon = here.withHints({
        watch: () => () => {},
        watchLinks: () => {
          watched.push('begun');
          return () => watched.push('ended');
        },
      });
      await daemon.start();
      expect(watched).toEqual(['begun']);
      here.configure(resource('a'));
      await daemon.reload();
      expect(watched).toEqual(['begun', 'ended']);
      await daemon.stop();
      expect(watched).toEqual(['begun', 'ended']);
    },
    livenessMs,
  );
});

describe('a look at the host that never ends', () => {
  it(
    'leaves nothing healthy on the word of the look before, and is told',
    async () => {
      await begin();
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      const goOn = here.holdScans();
      here.daemon.wake();
      await here.clock.step(15_000);
      await here.node.reach('rdma/a', 0);
      expect(here.daemon.plan.problems.map(({ code }) => code)).toContain('SCAN_TIMEOUT');
      goOn();
      await here.node.reach('rdma/a', 3);
      expect(here.daemon.plan.problems).toEqual([]);
    },
    livenessMs,
  );
});

describe('a look at the host that fails', () => {
  it(
    'leaves nothing healthy either, is told once, and is made again',
    async () => {
      await begin();
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      const goWell = here.failScans('no such host');
      here.daemon.wake();
      await here.node.reach('rdma/a', 0);
      await here.clock.step(120_000);
      expect(here.node.log.messages('warning').filter((message) => message.includes('no such host'))).toHaveLength(1);
      goWell();
      await here.clock.step(60_000);
      await here.node.reach('rdma/a', 3);
    },
    livenessMs,
  );
});

describe('with CDI', () => {
  it(
    'writes the specs before it offers what they name, follows the host, and leaves them when it ends',
    async () => {
      await begin({ cdi: true });
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      const admission = await here.node.kubelet.admit({
        namespace: 't',
        name: 'p',
        containers: [{ name: 'c', limits: { 'rdma/a': 1 } }],
      });
      const names = admission.admitted ? admission.containers[0]?.cdiDevices : [];
      expect(names).toEqual(['rdma-shared-dp.io/hca_rdma_a=hca-mlx5_0']);
      const [file = ''] = readdirSync(here.cdiDirectory);
      const devices = (): string => readFileSync(join(here.cdiDirectory, file), 'utf8');
      expect(devices()).toContain('"hca-mlx5_0"');
      here.host.addHca({ name: 'mlx5_1' });
      await until(() => devices().includes('"hca-mlx5_1"'));
      await here.daemon.stop();
      expect(readdirSync(here.cdiDirectory)).toEqual([file]);
    },
    livenessMs,
  );
});

describe('CDI specs that cannot be written', () => {
  it(
    'make every share unhealthy while that lasts, and are told once',
    async () => {
      await begin({ cdi: true });
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      rmSync(here.cdiDirectory, { recursive: true });
      writeFileSync(here.cdiDirectory, 'in the way');
      here.host.addHca({ name: 'mlx5_1' });
      await here.node.reach('rdma/a', 0);
      here.daemon.wake();
      await here.clock.step(120_000);
      expect(
        here.node.log.lines.filter(
          ({ fields }) => fields['code'] === 'CDI_DIRECTORY_UNUSABLE' && fields['remedy'] !== undefined,
        ),
      ).toHaveLength(1);
      rmSync(here.cdiDirectory);
      await here.clock.step(60_000);
      await here.node.reach('rdma/a', 3);
      expect(readdirSync(here.cdiDirectory)).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'keep the program from starting',
    async () => {
      await begin({ cdi: true });
      writeFileSync(here.cdiDirectory, 'in the way');
      const failure: unknown = await here.daemon.start().catch((error: unknown) => error);
      expect(failure).toMatchObject({ problems: [{ code: 'CDI_DIRECTORY_UNUSABLE' }] });
    },
    livenessMs,
  );
});

describe('setLinksUp', () => {
  function flagsOf(netdev: string, flags: string): () => string {
    const folder = join(here.hostRoot, 'sys', 'class', 'net', netdev);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'flags'), flags);
    return () => readFileSync(join(folder, 'flags'), 'utf8').trim();
  }

  it.each([
    [true, '0x1003'],
    [false, '0x1002'],
  ])(
    'set to %s leaves the netdev of a selected HCA with the flags %s',
    async (setLinksUp, flags) => {
      await begin({ settings: { setLinksUp, configList: [resource('a')] } });
      here.host.addHca({ name: 'mlx5_1', netdevs: [{ name: 'eth7', up: false }] });
      const read = flagsOf('eth7', '0x1002\n');
      await here.daemon.start();
      expect(read()).toBe(flags);
    },
    livenessMs,
  );

  it(
    'says what keeps a link down, and goes on',
    async () => {
      await begin({ settings: { setLinksUp: true, configList: [resource('a')] } });
      here.host.addHca({ name: 'mlx5_1', netdevs: [{ name: 'eth7', up: false }] });
      await here.daemon.start();
      expect(
        here.node.log.valuesOf(
          here.node.log.messages('warning').find((message) => message.includes('eth7')) ?? '',
          'code',
        ),
      ).toEqual(['NETDEV_LINK_UP_FAILED']);
      await here.node.reach('rdma/a', 3);
    },
    livenessMs,
  );
});
