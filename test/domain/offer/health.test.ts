// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Hca } from '#domain/hca/hca.ts';
import { describeEmptyReason } from '#domain/offer/words/empty-resource.ts';
import { conditionProblem } from '#domain/offer/words/conditions.ts';
import { type Plan, emptyPlan, plan } from '#domain/offer/plan.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';
import { sharesOf } from '../../support/share-list.ts';

const up = anHca(0);
const down = linked(0, 'DOWN');
const strict = aResource({
  rdmaHcaMax: 1,
  health: { linkDown: 'unhealthy', holdDownSeconds: 10, forgetAfterSeconds: 60 },
});

function linked(index: number, ...states: readonly (string | null)[]): Hca {
  const [port] = anHca(index).ports;
  if (port === undefined) throw new Error('an HCA has a port');
  return anHca(index, { ports: states.map((state, i) => ({ ...port, number: i + 1, state })) });
}

/** Returns the plan after these inventories, each taken at the given second. */
function planAfter(
  resource: typeof strict,
  ...past: readonly (readonly [seconds: number, hcas: readonly Hca[]])[]
): Plan {
  return past.reduce(
    (before, [seconds, hcas]) => plan(settingsOf(resource), anInventory(hcas), before, seconds * 1000),
    emptyPlan,
  );
}

function health(planned: Plan): readonly (readonly [string, boolean])[] {
  return sharesOf(planned.offers[0]).map((share) => [share.id, share.healthy]);
}

describe('a share with health.linkDown', () => {
  it('stays healthy when the link is down, by default', () => {
    expect(health(planAfter(aResource({ rdmaHcaMax: 1 }), [0, [down]]))).toEqual([['0', true]]);
  });

  it.each([
    ['DOWN', false],
    ['INIT', false],
    ['ARMED', false],
    [null, false],
    ['ACTIVE', true],
    ['ACTIVE_DEFER', true],
  ])('set to unhealthy, with a port in state %s, is healthy: %s', (state, healthy) => {
    expect(health(planAfter(strict, [0, [linked(0, state)]]))).toEqual([['0', healthy]]);
  });

  it('set to unhealthy stays healthy while another port of the HCA or another HCA of the pool is up', () => {
    expect(health(planAfter(strict, [0, [linked(0, 'DOWN', 'ACTIVE')]]))).toEqual([['0', true]]);
    expect(health(planAfter(strict, [0, [down, anHca(1)]]))).toEqual([['0', true]]);
  });

  it('set to unhealthy follows the link of its own HCA if it is a per-device share', () => {
    const planned = planAfter({ ...strict, sharing: 'device' }, [0, [down, anHca(1)]]);
    expect(health(planned).map(([, healthy]) => healthy)).toEqual([false, true]);
  });

  it('set to unhealthy makes a resource empty because no port is up', () => {
    const reason = planAfter(strict, [0, [down]]).offers[0]?.emptyReason ?? { kind: 'withdrawn' };
    expect(describeEmptyReason(reason)).toBe('no selected HCA is usable (mlx5_0: selected, but no port is up)');
  });

  it('set to unhealthy still grants an HCA with its link down in a healthy pool, since the link can come back', () => {
    expect(planAfter(strict, [0, [down, anHca(1)]]).offers[0]?.shares[0]?.hcas).toEqual(['mlx5_0', 'mlx5_1']);
  });
});

describe('the hold-down of a link', () => {
  it('does not delay a link that never failed, whether it was up at the first scan or came up later', () => {
    expect(health(planAfter(strict, [5, [up]]))).toEqual([['0', true]]);
    expect(health(planAfter(strict, [5, [down]], [6, [up]]))).toEqual([['0', true]]);
  });

  it('makes a share unhealthy as soon as the link goes down, and healthy only after the link has stayed up', () => {
    const back = planAfter(strict, [0, [up]], [1, [down]], [2, [up]]);
    expect(health(back)).toEqual([['0', false]]);
    expect(back.changesAt).toBe(12_000);
    expect(health(plan(settingsOf(strict), anInventory([up]), back, 11_999))).toEqual([['0', false]]);
    expect(health(plan(settingsOf(strict), anInventory([up]), back, 12_000))).toEqual([['0', true]]);
  });

  it('starts again each time a flapping link goes down', () => {
    const flapping = planAfter(strict, [0, [up]], [1, [down]], [2, [up]], [8, [down]], [9, [up]], [18, [up]]);
    expect(health(flapping)).toEqual([['0', false]]);
    expect(flapping.changesAt).toBe(19_000);
  });

  it('has no effect if it is 0 seconds', () => {
    const prompt = { ...strict, health: { ...strict.health, holdDownSeconds: 0 } };
    expect(health(planAfter(prompt, [0, [up]], [1, [down]], [2, [up]]))).toEqual([['0', true]]);
  });

  it('does not delay an HCA that was removed and is back', () => {
    expect(health(planAfter(strict, [0, [up]], [1, []], [2, [up]]))).toEqual([['0', true]]);
  });
});

describe('a share that no longer exists', () => {
  it('stays in the list as unhealthy for forgetAfterSeconds', () => {
    const removed = planAfter(strict, [0, [up]], [1, []], [30, []]);
    expect(health(removed)).toEqual([['0', false]]);
    expect(removed.changesAt).toBe(61_000);
    expect(health(plan(settingsOf(strict), anInventory([]), removed, 60_999))).toEqual([['0', false]]);
    const forgotten = plan(settingsOf(strict), anInventory([]), removed, 61_000);
    expect(health(forgotten)).toEqual([]);
    expect(forgotten.changesAt).toBeNull();
  });

  it('gets the full forgetAfterSeconds again after it existed in between', () => {
    const removed = planAfter(strict, [0, [up]], [1, []], [50, [up]], [55, []]);
    expect(removed.offers[0]?.shares.map(({ heldSince }) => heldSince)).toEqual([55_000]);
  });
});

describe('a share of an HCA whose driver does not answer', () => {
  const unanswered = '/sys/class/infiniband/mlx5_0/ports/1/state';
  const stuck = anHca(0, { unanswered, ports: linked(0, null).ports });

  it('is unhealthy, whatever the settings say about links, and healthy again when the driver answers', () => {
    const perDevice = aResource({ rdmaHcaMax: 1, sharing: 'device' });
    const [first, second] = [up, stuck].map((hca) => [hca, anHca(1)]);
    const during = planAfter(perDevice, [0, first ?? []], [1, second ?? []]);
    expect(health(during).map(([, healthy]) => healthy)).toEqual([false, true]);
    const after = planAfter(perDevice, [0, first ?? []], [1, second ?? []], [2, first ?? []]);
    expect(health(after)).toEqual(health(planAfter(perDevice, [0, first ?? []])));
  });

  it('has no hold-down afterwards: its link may never have been down', () => {
    expect(health(planAfter(strict, [0, [up]], [20, [stuck]], [40, [up]]))).toEqual([['0', true]]);
  });

  it('names the HCA and the attribute as the reason', () => {
    const planned = planAfter(aResource({ rdmaHcaMax: 1 }), [0, [stuck]]);
    expect(planned.conditions.map(conditionProblem).map(({ message }) => message)).toEqual([
      'HCA mlx5_0 (0000:00:00.0) is unhealthy in rdma/hca: the driver does not answer ' +
        `(the read of ${unanswered} is stuck).`,
    ]);
    expect(describeEmptyReason(planned.offers[0]?.emptyReason ?? { kind: 'withdrawn' })).toBe(
      'no selected HCA is usable (mlx5_0: selected, but the driver does not answer)',
    );
  });
});
