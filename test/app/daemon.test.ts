// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Problem, ProblemError } from '#domain/problem/problem.ts';
import { DaemonFixture, resource } from '../support/daemon-fixture.ts';
import { livenessMs } from '../support/node-fixture.ts';
import { until } from '../support/until.ts';

let here = new DaemonFixture();
afterEach(() => here.node.close());

async function begin(
  options: { readonly cdi?: boolean; readonly warnings?: readonly Problem[]; readonly settings?: object } = {},
): Promise<DaemonFixture> {
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

describe('Daemon', () => {
  it(
    'offers the HCAs that the settings select when it starts',
    async () => {
      await begin();
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      expect(offered()).toEqual([['rdma/a', 3, ['mlx5_0']]]);
    },
    livenessMs,
  );

  it(
    'scans when a hint says that the host changed',
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
    'grants the extra device nodes that the settings ask for, as they are added and removed',
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
    'scans at the interval of the settings',
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
    'does not scan periodically if the interval is 0',
    async () => {
      await begin({ settings: { periodicUpdateInterval: 0, configList: [resource('a')] } });
      await here.daemon.start();
      await here.clock.step(0);
      expect(here.clock.pending).toBe(0);
    },
    livenessMs,
  );

  it(
    'offers no shares in exclusive mode, logs that once, and recovers without a restart',
    async () => {
      await begin();
      here.host.setNetnsMode('exclusive');
      await here.daemon.start();
      here.daemon.wake();
      here.daemon.wake();
      expect(offered()).toEqual([['rdma/a', 0, []]]);
      await here.clock.step(60_000);
      const warnings = here.node.log.messages('warning').filter((message) => message.includes('exclusive'));
      expect(warnings).toHaveLength(1);
      here.host.setNetnsMode('shared');
      await here.node.reach('rdma/a', 3);
    },
    livenessMs,
  );

  it(
    'logs once why a resource is empty, and when it no longer is',
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
    'leaves nothing running if it is stopped during its start',
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
    'ends everything when it stops',
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

describe('Daemon at startup', () => {
  it(
    'logs the warnings about its options',
    async () => {
      const warning: Problem = { code: 'X', actor: 'operator', subject: '--x', message: 'No x.', remedy: 'Set x.' };
      await begin({ warnings: [warning] });
      await here.daemon.start();
      expect(here.node.log.valuesOf('No x.', 'code')).toEqual(['X']);
    },
    livenessMs,
  );

  it(
    'offers no shares if the first scan does not finish, and recovers when it does',
    async () => {
      await begin();
      const release = here.scans.hold();
      const started = here.daemon.start();
      await here.clock.step(15_000);
      await started;
      await here.node.until('rdma/a is empty', async () => (await here.node.kubelet.devices('rdma/a'))?.capacity === 0);
      expect(here.daemon.plan.problems.map(({ code }) => code)).toContain('SCAN_TIMEOUT');
      release();
      await here.node.reach('rdma/a', 3);
    },
    livenessMs,
  );

  it(
    'scans again before the first plan if the settings arrive late',
    async () => {
      await begin();
      rmSync(join(here.node.directory, 'config.json'));
      const started = here.daemon.start();
      await here.clock.step(60_000);
      here.host.removeHca('mlx5_0');
      here.configure(resource('a'));
      await here.clock.step(5_000);
      await started;
      expect(here.node.log.valuesOf('shares offered', 'healthy')).toEqual([0]);
    },
    livenessMs,
  );

  it(
    'publishes nothing after it was stopped, and stop waits for the scan that runs',
    async () => {
      await begin();
      const release = here.scans.hold();
      const started = here.daemon.start();
      await until(() => here.node.log.messages().includes('settings applied'));
      let isStopped = false;
      const stopped = here.daemon.stop().then(() => (isStopped = true));
      await here.clock.step(1_000);
      expect(isStopped).toBe(false);
      release();
      await Promise.all([started, stopped]);
      expect([here.clock.pending, here.node.log.messages()]).toEqual([0, ['settings applied']]);
    },
    livenessMs,
  );

  it(
    'stops within 1.5 s even if the first scan does not finish',
    async () => {
      await begin();
      const release = here.scans.hold();
      const started = here.daemon.start();
      const stopped = here.daemon.stop();
      await here.clock.step(1_500);
      await stopped;
      release();
      await started;
      expect(here.node.sockets()).toEqual([]);
    },
    livenessMs,
  );
});

describe('Daemon with new settings', () => {
  it(
    'applies them after a reload and keeps the registrations of unchanged resources',
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
    'reads them after its start if a reload is requested during it, and keeps one timer',
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
    'applies the newest ones at most twice for a hundred reloads at the same time',
    async () => {
      await begin();
      await here.daemon.start();
      const reloads = Array.from({ length: 100 }, (_, i) => {
        if (i === 50) here.configure(resource('a', 9));
        return here.daemon.reload();
      });
      await Promise.all(reloads);
      await here.node.reach('rdma/a', 9);
      const applied = here.node.log.messages().filter((message) => message === 'new settings applied').length;
      expect([1, 2]).toContain(applied);
    },
    livenessMs,
  );

  it(
    'logs every problem of invalid ones and keeps the previous ones',
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
    'posts Events when they are rejected and when they are applied',
    async () => {
      await begin();
      await here.daemon.start();
      here.write({ configList: 3 });
      await here.daemon.reload();
      here.configure(resource('b'));
      await here.daemon.reload();
      expect(here.nodeEvents.posted.map(({ reason }) => reason)).toEqual([
        'RdmaSettingsRejected',
        'RdmaSettingsApplied',
      ]);
      here.configure({ ...resource('b'), selectors: { vendors: ['ffff'] } });
      await here.daemon.reload();
      await here.clock.step(60_000);
      expect(here.nodeEvents.posted.at(-1)).toMatchObject({ about: 'rdma/b', reason: 'RdmaResourceEmpty' });
      await here.daemon.stop();
      expect(here.nodeEvents.stopped).toBe(true);
    },
    livenessMs,
  );

  it(
    'does not start with invalid ones and rejects with every problem',
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

describe('Daemon with linkDown unhealthy', () => {
  const strict = { ...resource('a'), health: { linkDown: 'unhealthy', holdDownSeconds: 10 } };

  it(
    'makes shares unhealthy while a link is down and healthy again after the hold-down',
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
    'watches links only while a resource asks for it',
    async () => {
      await begin({ settings: { configList: [strict] } });
      const calls: string[] = [];
      const daemon = here.withHints({
        watch: () => () => {},
        watchLinks: () => {
          calls.push('start');
          return () => calls.push('stop');
        },
      });
      await daemon.start();
      expect(calls).toEqual(['start']);
      here.configure(resource('a'));
      await daemon.reload();
      expect(calls).toEqual(['start', 'stop']);
      await daemon.stop();
      expect(calls).toEqual(['start', 'stop']);
    },
    livenessMs,
  );
});

describe('Daemon when a scan does not finish', () => {
  it(
    'makes all shares unhealthy and reports the timeout until the scan finishes',
    async () => {
      await begin();
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      const release = here.scans.hold();
      here.daemon.wake();
      await here.clock.step(15_000);
      await here.node.reach('rdma/a', 0);
      expect(here.daemon.plan.problems.map(({ code }) => code)).toContain('SCAN_TIMEOUT');
      release();
      await here.node.reach('rdma/a', 3);
      expect(here.daemon.plan.problems).toEqual([]);
    },
    livenessMs,
  );
});

describe('Daemon when a scan fails', () => {
  it(
    'makes all shares unhealthy, logs the failure once and scans again',
    async () => {
      await begin();
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      const succeed = here.scans.fail('no such host');
      here.daemon.wake();
      await here.node.reach('rdma/a', 0);
      await here.clock.step(120_000);
      expect(here.node.log.messages('warning').filter((message) => message.includes('no such host'))).toHaveLength(1);
      expect(here.node.log.valuesOf('Internal error: no such host', 'stack')[0]).toContain('held-step.ts');
      succeed();
      await here.clock.step(60_000);
      await here.node.reach('rdma/a', 3);
    },
    livenessMs,
  );
});

describe('Daemon with CDI', () => {
  it(
    'writes the specs before it offers their shares, follows the host and keeps them when it stops',
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

describe('Daemon when CDI specs cannot be written', () => {
  it(
    'makes every share unhealthy until they can be, and logs the problem once',
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
    'does not start',
    async () => {
      await begin({ cdi: true });
      writeFileSync(here.cdiDirectory, 'in the way');
      const failure: unknown = await here.daemon.start().catch((error: unknown) => error);
      expect(failure).toMatchObject({ problems: [{ code: 'CDI_DIRECTORY_UNUSABLE' }] });
    },
    livenessMs,
  );
});

describe('Daemon with setLinksUp', () => {
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
    'logs why a link stays down and offers the shares',
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

  it(
    'publishes before it brings links up, and scans again when that does not finish',
    async () => {
      await begin({ settings: { setLinksUp: true, configList: [resource('a')] } });
      await here.daemon.start();
      const release = here.linkRaises.hold();
      here.host.addHca({ name: 'mlx5_1', netdevs: [{ name: 'eth7', up: false }] });
      await until(() => here.linkRaises.started === 1);
      here.host.removeHca('mlx5_0');
      here.host.removeHca('mlx5_1');
      await here.clock.step(15_000);
      await here.node.reach('rdma/a', 0);
      const codes = here.node.log.lines.map(({ fields }) => fields['code']);
      expect(codes).toContain('NETDEV_LINK_UP_TIMEOUT');
      release();
      await until(() => here.node.log.valuesOf('problem resolved', 'code').includes('NETDEV_LINK_UP_TIMEOUT'));
      expect(here.linkRaises.started).toBe(1);
    },
    livenessMs,
  );
});
