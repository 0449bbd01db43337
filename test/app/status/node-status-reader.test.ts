// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { GrantJournal } from '#app/holders/grant-journal.ts';
import { statusReader } from '#app/status/node-status-reader.ts';
import { StatusRecorder } from '#app/status/recorder.ts';
import { plan } from '#domain/offer/plan.ts';
import type { ReadStatus } from '#domain/status/node-status.ts';
import { HeldPodResources } from '../../support/held-pod-resources.ts';
import { aResource, aSelector, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';
import { aStatus, activeSettings, appliedPlan } from '../../support/status-fixture.ts';
import { sharesOf } from '../../support/share-list.ts';

const hcas = [anHca(0), anHca(1, { deviceNodes: [] }), anHca(2, { name: 'bnxt_re0', driver: 'bnxt_en' })];
const rail = aResource({
  name: 'rdma/rail',
  rdmaHcaMax: 2,
  sharing: 'device',
  selectors: [aSelector({ drivers: ['mlx5_core'] })],
});
const planned = plan(settingsOf(rail), anInventory(hcas));

let clock: SteppedClock;
let recorder: StatusRecorder;
let podResources: HeldPodResources;
let grants: GrantJournal;
let standby: string;
let read: ReadStatus;
beforeEach(() => {
  clock = new SteppedClock();
  recorder = new StatusRecorder(() => Date.UTC(2026, 0, 2));
  podResources = new HeldPodResources();
  grants = new GrantJournal(clock);
  standby = '';
  read = statusReader({
    program: aStatus().program,
    recorder,
    publisher: {
      isStandby: (resource) => resource === standby,
      start: () => Promise.resolve(),
      publish: () => {},
      stop: () => Promise.resolve(),
    },
    podResources,
    grants,
    clockStartedAt: Date.UTC(2026, 0, 1),
  });
});

describe('statusReader', () => {
  it('is not ready before settings are applied', async () => {
    expect(await read({ holders: false })).toMatchObject({
      ready: false,
      missing: ['No settings are applied yet.'],
      resources: [],
      holders: null,
    });
  });

  it('is ready when every resource is accepted and registered, with or without HCAs', async () => {
    recorder.settingsApplied(activeSettings());
    recorder.planApplied(appliedPlan({ offers: planned.offers, hcas }));
    expect(await read({ holders: false })).toMatchObject({
      ready: false,
      missing: ['rdma/rail is not registered with the kubelet.'],
    });
    standby = 'rdma/rail';
    expect((await read({ holders: false })).missing).toEqual([
      'rdma/rail is served by another instance of this program.',
    ]);
    recorder.resourceEvent('rdma/rail', 'registered');
    expect(await read({ holders: false })).toMatchObject({ ready: true, missing: [] });
    const problem = { code: 'X', actor: 'operator', subject: 'x', message: 'Its name is bad.', remedy: '' } as const;
    const active = activeSettings({ rejected: [{ name: 'x/y', problems: [problem] }] });
    recorder.planApplied(appliedPlan({ active, offers: planned.offers, hcas }));
    expect((await read({ holders: false })).missing).toEqual(['x/y is not offered: Its name is bad.']);
  });

  it('shows what each resource offers, and which HCAs none selects', async () => {
    recorder.planApplied(appliedPlan({ offers: planned.offers, hcas }));
    recorder.resourceEvent('rdma/rail', 'registered');
    recorder.allocationAnswered('rdma/rail', { result: 'granted', seconds: 0 });
    expect(await read({ holders: false })).toMatchObject({
      unselected: ['bnxt_re0'],
      resources: [
        {
          resource: 'rdma/rail',
          registration: 'registered',
          since: '2026-01-02T00:00:00.000Z',
          registrations: 1,
          allocations: { granted: 1, refused: 0 },
          shares: { all: 4, healthy: 2 },
          hcas: [
            { name: 'mlx5_0', problem: null },
            { name: 'mlx5_1', problem: expect.stringContaining('uverbs') },
          ],
        },
      ],
    });
  });

  it('asks the kubelet who holds shares only if that is wanted', async () => {
    const [first] = sharesOf(planned.offers[0]);
    const shareIds = [first?.id ?? ''];
    podResources.holders = [{ namespace: 'ns', pod: 'job-0', container: 'main', resource: 'rdma/rail', shareIds }];
    recorder.planApplied(appliedPlan({ offers: planned.offers, hcas }));
    expect((await read({ holders: false })).holders).toBeNull();
    expect(podResources.calls).toBe(0);
    await clock.step(60_000);
    grants.granted('rdma/rail', shareIds);
    expect((await read({ holders: true })).holders).toEqual([
      {
        namespace: 'ns',
        pod: 'job-0',
        container: 'main',
        resource: 'rdma/rail',
        shareIds,
        hcas: ['mlx5_0'],
        since: '2026-01-01T00:01:00.000Z',
        stale: [],
      },
    ]);
    podResources.holders = null;
    expect((await read({ holders: true })).holders).toBeNull();
  });
});
