// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Problem, ProblemError } from '#domain/problem/problem.ts';
import { resource } from '../support/daemon-fixture.ts';
import { livenessMs } from '../support/node-fixture.ts';
import { until } from '../support/until.ts';
import { begin, here, offered } from './daemon-under-test.ts';

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
      expect(here.daemon.plan.problems.map(({ code }) => code)).toEqual(['DEVICE_NODE_NOT_FOUND']);
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
      expect(here.node.log.messages('info')).toContain('problem cleared');
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
