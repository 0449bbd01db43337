// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { PrometheusMetrics } from '#adapters/http/metrics/prometheus.ts';
import { aBuild } from '../support/status-fixture.ts';
import { GrantJournal } from '#app/holders/grant-journal.ts';
import { Round } from '#app/round.ts';
import type { Offer } from '#domain/offer/offer.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { aResource, anHca, anInventory, settingsOf } from '../support/hca-fixture.ts';
import { HeldPodResources } from '../support/held-pod-resources.ts';
import { HeldStep } from '../support/held-step.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { sharesOf } from '../support/share-list.ts';
import { countHealthy } from '#domain/offer/share.ts';

const deviceNodes = { ...aResource().deviceNodes, extra: ['/dev/gdr*'] };
const active = {
  settings: settingsOf(aResource({ deviceNodes })),
  rejected: [],
  nodeEntries: [],
  generation: 1,
  hash: 'h',
};
const inventory = anInventory([anHca(0)]);

let clock: SteppedClock;
let log: RecordedLog;
let search: HeldStep;
let specs: HeldStep;
let unwritten: ReadonlyMap<string, Problem>;
let standby: string;
let published: Offer[];
let wakes: number;
let metrics: PrometheusMetrics;
let round: Round;
beforeEach(() => {
  clock = new SteppedClock();
  log = new RecordedLog();
  metrics = new PrometheusMetrics(Date.now, aBuild);
  [search, specs, published, wakes] = [new HeldStep(), new HeldStep(), [], 0];
  [unwritten, standby] = [new Map(), ''];
  round = new Round(
    {
      extraNodes: { find: () => search.pass().then(() => ['/dev/gdrdrv']), watch: () => () => {} },
      cdiSpecs: {
        store: () => specs.pass().then(() => unwritten),
        ensure: () => specs.pass(),
        retired: () => [],
        release: () => Promise.resolve(),
      },
      publisher: {
        isStandby: (resource) => resource === standby,
        start: () => Promise.resolve(),
        publish: (offers) => published.push(...offers),
        stop: () => Promise.resolve(),
      },
      links: { raise: () => Promise.resolve(null) },
      clock,
      logger: log,
      observer: metrics,
      podResources: new HeldPodResources(),
      grants: new GrantJournal(clock),
    },
    null,
    () => (wakes += 1),
  );
});

function healthyShares(): number | undefined {
  return sharesOf(published.at(-1)).filter(({ healthy }) => healthy).length;
}

function codes(level: 'warning' | 'info'): readonly unknown[] {
  return log.lines.filter((line) => line.level === level).map(({ fields }) => fields['code']);
}

describe('Round', () => {
  it('grants no extra nodes while the search for them does not finish, and requests a round when it does', async () => {
    const release = search.hold();
    const applied = round.apply(active, inventory);
    await clock.step(15_000);
    await applied;
    expect(healthyShares()).toBe(3);
    expect(codes('warning')).toEqual(expect.arrayContaining(['EXTRA_NODES_TIMEOUT', 'DEVICE_NODE_NOT_FOUND']));
    release();
    await clock.step(0);
    expect(wakes).toBe(1);
    await round.apply(active, inventory);
    expect(codes('info')).toEqual(expect.arrayContaining(['EXTRA_NODES_TIMEOUT', 'DEVICE_NODE_NOT_FOUND']));
  });

  it('publishes unhealthy shares while writing CDI specs does not finish', async () => {
    await round.apply(active, inventory);
    const release = specs.hold();
    const applied = round.apply(active, inventory);
    await clock.step(15_000);
    await applied;
    expect([healthyShares(), codes('warning')]).toEqual([0, ['CDI_WRITE_TIMEOUT']]);
    release();
    await clock.step(0);
    expect(wakes).toBe(1);
    await round.apply(active, inventory);
    expect(healthyShares()).toBe(3);
  });

  describe('when the CDI spec of one of two resources cannot be written', () => {
    const full = {
      code: 'CDI_DIRECTORY_UNUSABLE',
      actor: 'operator',
      subject: 'cdi',
      message: 'CDI specs cannot be written to cdi (ENOSPC).',
      remedy: 'Free disk space.',
    } as const;
    const two = { ...active, settings: settingsOf(aResource({ name: 'rdma/a' }), aResource({ name: 'rdma/b' })) };
    const healthy = (): readonly (readonly [string, number])[] =>
      published.slice(-2).map(({ resource, shares }) => [resource, countHealthy(shares)]);

    it('withholds that resource only, and asks for a retry', async () => {
      expect(await round.apply(two, inventory)).toBe(true);
      unwritten = new Map([['rdma-shared-dp.io/hca_rdma_b', full]]);
      expect(await round.apply(two, inventory)).toBe(false);
      expect([healthy(), codes('warning').filter((code) => code === full.code)]).toEqual([
        [
          ['rdma/a', 3],
          ['rdma/b', 0],
        ],
        [full.code],
      ]);
      unwritten = new Map();
      expect(await round.apply(two, inventory)).toBe(true);
      expect(healthy().map(([, count]) => count)).toEqual([3, 3]);
    });

    it('starts with the other one', async () => {
      unwritten = new Map([['rdma-shared-dp.io/hca_rdma_b', full]]);
      await round.apply(two, inventory);
      expect(healthy().map(([, count]) => count)).toEqual([3, 0]);
    });

    it('does not start if neither can be written', async () => {
      unwritten = new Map(['a', 'b'].map((name) => [`rdma-shared-dp.io/hca_rdma_${name}`, full]));
      await expect(round.apply(two, inventory)).rejects.toMatchObject({ problems: [full] });
    });
  });

  it('rejects if the first CDI specs are not written in time', async () => {
    specs.hold();
    const failure = round.apply(active, inventory).catch((error: unknown) => error);
    await clock.step(15_000);
    expect(await failure).toMatchObject({ problems: [{ code: 'CDI_WRITE_TIMEOUT' }] });
    expect(published).toEqual([]);
  });

  it('counts the problems of rejected resources, which the follower logs', async () => {
    const problem = { actor: 'operator', subject: 'x', message: 'x is bad.', remedy: 'Fix x.' } as const;
    const rejected = [{ name: 'rdma/b_', problems: [{ ...problem, code: 'CONFIG_RESOURCE_NAME_INVALID' }] }];
    await round.apply({ ...active, rejected }, inventory);
    expect(await metrics.text()).toContain(
      'rdma_shared_dp_problems{code="CONFIG_RESOURCE_NAME_INVALID",severity="error"} 1',
    );
    expect(codes('warning')).not.toContain('CONFIG_RESOURCE_NAME_INVALID');
    await round.apply(active, inventory);
    expect(await metrics.text()).not.toContain('CONFIG_RESOURCE_NAME_INVALID');
  });

  it('publishes nothing after it was stopped', async () => {
    const release = search.hold();
    const applied = round.apply(active, inventory);
    round.stop();
    release();
    await applied;
    expect([published, specs.started, log.lines]).toEqual([[], 0, []]);
  });
});
