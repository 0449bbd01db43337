// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ChangedHcaHolders } from '#app/holders/changed-hca-holders.ts';
import { GrantJournal } from '#app/holders/grant-journal.ts';
import type { Hca } from '#domain/hca/hca.ts';
import { type Plan, emptyPlan, plan } from '#domain/offer/plan.ts';
import type { ShareHolder } from '#domain/offer/share-holder.ts';
import { conditionProblem } from '#domain/offer/words/conditions.ts';
import type { Settings } from '#domain/settings/settings.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';
import { HeldPodResources } from '../../support/held-pod-resources.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';
import { sharesOf } from '../../support/share-list.ts';

const perDevice = settingsOf(aResource({ sharing: 'device' }));
const pool = settingsOf(aResource());

let clock: SteppedClock;
let podResources: HeldPodResources;
let grants: GrantJournal;
let holders: ChangedHcaHolders;
let planned: Plan;
beforeEach(() => {
  clock = new SteppedClock();
  podResources = new HeldPodResources([]);
  grants = new GrantJournal(clock);
  holders = new ChangedHcaHolders(podResources, grants);
  planned = emptyPlan;
});

/** Scans these HCAs a minute later. */
async function scan(settings: Settings, ...hcas: readonly Hca[]): Promise<void> {
  await clock.step(60_000);
  planned = plan(settings, anInventory(hcas), planned, clock.now());
  holders.expect(planned);
}

/** The HCAs go and come back. */
async function reload(settings: Settings): Promise<void> {
  await scan(settings, anHca(0), anHca(1));
  await scan(settings);
  await scan(settings, anHca(0), anHca(1));
}

async function remedies(): Promise<readonly string[]> {
  return (await holders.find(planned)).map((condition) => conditionProblem(condition).remedy);
}

/** The IDs of the shares that grant the HCA. */
function idsOf(hca: string): readonly string[] {
  return planned.offers.flatMap(sharesOf).flatMap(({ id, hcas }) => (hcas.includes(hca) ? [id] : []));
}

function holder(pod: string, ...shareIds: readonly string[]): ShareHolder {
  return { namespace: 'train', pod, container: 'main', resource: 'rdma/hca', shareIds };
}

describe('pods that hold an HCA as it was before it changed', () => {
  it('are named, each for the HCA that its shares grant', async () => {
    await reload(perDevice);
    const [[first = ''], [second = '']] = [idsOf('mlx5_0'), idsOf('mlx5_1')];
    podResources.holders = [holder('job-0', first), holder('job-1', second), holder('job-2', first, second)];
    expect(await remedies()).toEqual([
      'Restart the pods train/job-0 and train/job-2.',
      'Restart the pods train/job-1 and train/job-2.',
    ]);
  });

  it('are all pods of a pool', async () => {
    await reload(pool);
    podResources.holders = [holder('job-0', '0'), holder('job-1', '2')];
    expect(new Set(await remedies())).toEqual(new Set(['Restart the pods train/job-0 and train/job-1.']));
  });

  it('are not those that got their shares since', async () => {
    await reload(pool);
    grants.granted('rdma/hca', ['1']);
    podResources.holders = [holder('job-0', '0'), holder('job-0', '1')];
    expect(new Set(await remedies())).toEqual(new Set(['Restart the pod train/job-0.']));
    podResources.holders = [holder('job-1', '1')];
    expect(await remedies()).toEqual([]);
  });

  it('include those that got their shares before the last of several changes', async () => {
    await reload(pool);
    grants.granted('rdma/hca', ['1']);
    await scan(pool);
    await scan(pool, anHca(0), anHca(1));
    grants.granted('rdma/hca', ['2']);
    podResources.holders = [holder('job-1', '1'), holder('job-2', '2')];
    expect(new Set(await remedies())).toEqual(new Set(['Restart the pod train/job-1.']));
  });

  it('are unknown if the kubelet cannot be asked, or lists nothing in the moment after its start', async () => {
    await reload(pool);
    podResources.holders = null;
    const unknown = 'Restart the pods that use rdma/hca and were started before.';
    expect(new Set(await remedies())).toEqual(new Set([unknown]));
    podResources.holders = [holder('job-0', '0')];
    await remedies();
    podResources.holders = [];
    expect(new Set(await remedies())).toEqual(new Set([unknown]));
    expect(await remedies()).toEqual([]);
  });

  it('are asked for only while an HCA has changed', async () => {
    await scan(pool, anHca(0));
    expect(await remedies()).toEqual([]);
    await scan(pool);
    expect(await remedies()).toHaveLength(1);
    expect(podResources.calls).toBe(0);
  });
});

describe('GrantJournal', () => {
  it('remembers the last grant of a share of a resource', async () => {
    grants.granted('rdma/hca', ['0', '1']);
    await clock.step(500);
    grants.granted('rdma/hca', ['1']);
    expect([grants.timeOf('rdma/hca', '0'), grants.timeOf('rdma/hca', '1')]).toEqual([0, 500]);
    expect(grants.timeOf('rdma/other', '1')).toBeNull();
  });

  it('remembers the latest 1,024 grants, and all of them while somebody needs them', () => {
    const ids = Array.from({ length: 1_025 }, (_, i) => String(i));
    grants.keepAll(true);
    grants.granted('rdma/hca', ids);
    expect(grants.timeOf('rdma/hca', '0')).toBe(0);
    grants.keepAll(false);
    expect([grants.timeOf('rdma/hca', '0'), grants.timeOf('rdma/hca', '1')]).toEqual([null, 0]);
    // A share that is granted again counts as a new one.
    grants.granted('rdma/hca', ['1', 'a']);
    expect([grants.timeOf('rdma/hca', '2'), grants.timeOf('rdma/hca', '1')]).toEqual([null, 0]);
  });
});
