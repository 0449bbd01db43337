// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { resource } from '../support/daemon-fixture.ts';
import { livenessMs } from '../support/node-fixture.ts';
import { until } from '../support/until.ts';
import { begin, here } from './daemon-under-test.ts';
import { sharesOf } from '../support/share-list.ts';

function warnings(): readonly string[] {
  return here.node.log.messages('warning').filter((message) => message.startsWith('HCA '));
}

const perDevice = { configList: [{ ...resource('a'), sharing: 'device' }] };

describe('a daemon whose HCAs change', () => {
  it(
    'names an HCA that goes and comes back, in the log and in Events',
    async () => {
      await begin({ settings: perDevice });
      here.host.addHca({ name: 'mlx5_1' });
      await here.daemon.start();
      await here.node.reach('rdma/a', 6);
      here.host.removeHca('mlx5_1');
      await here.node.reach('rdma/a', 3);
      expect(warnings()).toEqual([expect.stringMatching(/^HCA mlx5_1 \(\S+\) of rdma\/a is gone\.$/)]);
      await here.clock.step(60_000);
      expect(here.nodeEvents.posted.map(({ reason }) => reason)).toEqual(['RdmaHcaUnavailable']);
      here.host.addHca({ name: 'mlx5_1' });
      await here.node.reach('rdma/a', 6);
      expect(here.node.log.valuesOf('problem cleared', 'code')).toEqual(['HCA_GONE']);
      expect(warnings().slice(1)).toEqual([expect.stringMatching(/^HCA mlx5_1 \(\S+\) was gone and is back\. /)]);
      await here.clock.step(60_000);
      const { posted } = here.nodeEvents;
      expect(posted.map(({ reason }) => reason).slice(1)).toEqual(['RdmaHcaCleared', 'RdmaHcaChanged']);
    },
    livenessMs,
  );

  it(
    'names the pods that hold an HCA as it was, until they are gone',
    async () => {
      await begin({ settings: perDevice });
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      const [share] = sharesOf(here.daemon.plan.offers[0]);
      const holder = { namespace: 'train', pod: 'job-0', container: 'main', resource: 'rdma/a' };
      here.podResources.holders = [{ ...holder, shareIds: [share?.id ?? ''] }];
      here.host.removeHca('mlx5_0');
      await here.node.reach('rdma/a', 0);
      here.host.addHca({ name: 'mlx5_0' });
      await here.node.reach('rdma/a', 3);
      await until(() => here.node.log.valuesOf('problem cleared', 'code').includes('HCA_GONE'));
      const remedy = here.node.log.lines.find(({ fields }) => fields?.['code'] === 'HCA_CHANGED')?.fields?.['remedy'];
      expect(remedy).toBe('Restart the pod train/job-0.');
      here.podResources.holders = [{ ...holder, pod: 'other', resource: 'rdma/b', shareIds: ['0'] }];
      await here.clock.step(120_000);
      await until(() => here.node.log.valuesOf('problem cleared', 'code').includes('HCA_CHANGED'));
    },
    livenessMs,
  );

  it(
    'scans again before it judges an HCA whose nodes the kernel still creates',
    async () => {
      await begin({ settings: perDevice });
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      here.host.addHca({ name: 'mlx5_1', deviceNodes: [] });
      await here.clock.step(100);
      here.host.removeHca('mlx5_1');
      here.host.addHca({ name: 'mlx5_1' });
      await here.clock.step(200);
      await here.node.reach('rdma/a', 6);
      expect(here.node.log.messages('warning')).toEqual([]);
    },
    livenessMs,
  );

  it(
    'does not call HCAs gone because a scan fails',
    async () => {
      await begin({ settings: perDevice });
      await here.daemon.start();
      await here.node.reach('rdma/a', 3);
      const mend = here.scans.fail('the driver hangs');
      await here.clock.step(60_000);
      await until(() => here.daemon.plan.offers[0]?.emptyReason?.kind === 'scan-failed');
      mend();
      await here.clock.step(60_000);
      await here.node.reach('rdma/a', 3);
      expect(warnings()).toEqual([]);
    },
    livenessMs,
  );
});
