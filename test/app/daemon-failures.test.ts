// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { resource } from '../support/daemon-fixture.ts';
import { livenessMs } from '../support/node-fixture.ts';
import { until } from '../support/until.ts';
import { begin, here, offered } from './daemon-under-test.ts';

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
    'watches links only while a resource requires it',
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

describe('Daemon without periodic scans', () => {
  const never = { periodicUpdateInterval: 0, configList: [resource('a')] };

  it(
    'scans again by itself after a failed scan, 1 s later and then with growing delays up to a minute',
    async () => {
      await begin({ settings: never });
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      const succeed = here.scans.fail('no such host');
      here.daemon.wake();
      await here.node.reach('rdma/a', 0);
      const { started } = here.scans;
      await here.clock.step(1_000);
      expect(here.scans.started).toBe(started + 1);
      await here.clock.step(600_000);
      // At 1, 3, 7, 15, 31, 63 and 123 s, and then every minute.
      expect(here.scans.started - started).toBe(14);
      succeed();
      await here.clock.step(60_000);
      await here.node.reach('rdma/a', 3);
      const recovered = here.scans.started;
      await here.clock.step(600_000);
      expect(here.scans.started).toBe(recovered);
    },
    livenessMs,
  );

  it(
    'writes CDI specs again by itself after a failed write',
    async () => {
      await begin({ cdi: true, settings: never });
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      rmSync(here.cdiDirectory, { recursive: true });
      writeFileSync(here.cdiDirectory, 'in the way');
      here.host.addHca({ name: 'mlx5_1' });
      await until(() => here.daemon.plan.hcas.length === 2);
      rmSync(here.cdiDirectory);
      await here.clock.step(120_000);
      await until(() => readdirSync(here.cdiDirectory).length === 1);
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
      await until(() => here.node.log.valuesOf('problem cleared', 'code').includes('NETDEV_LINK_UP_TIMEOUT'));
      expect(here.linkRaises.started).toBe(1);
    },
    livenessMs,
  );
});
