// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Hca } from '#domain/hca/hca.ts';
import { type Plan, emptyPlan, plan } from '#domain/offer/plan.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';

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

/** The plan after inventories at given seconds, one after the other. */
function planAfter(
  resource: typeof strict,
  ...past: readonly (readonly [seconds: number, hcas: readonly Hca[]])[]
): Plan {
  return past.reduce(
    (before, [seconds, hcas]) => plan(settingsOf(resource), anInventory(hcas), before, seconds * 1000),
    emptyPlan,
  );
}

function health(made: Plan): readonly (readonly [string, boolean])[] {
  return (made.offers[0]?.shares ?? []).map((share) => [share.id, share.healthy]);
}

describe('a link that is down', () => {
  it('says nothing about a share unless the settings ask for it', () => {
    expect(health(planAfter(aResource({ rdmaHcaMax: 1 }), [0, [down]]))).toEqual([['0', true]]);
  });

  it.each([
    ['DOWN', false],
    ['INIT', false],
    ['ARMED', false],
    [null, false],
    ['ACTIVE', true],
    ['ACTIVE_DEFER', true],
  ])('makes a share with a port in state %s healthy: %s, when they do', (state, healthy) => {
    expect(health(planAfter(strict, [0, [linked(0, state)]]))).toEqual([['0', healthy]]);
  });

  it('is no harm while another port of the HCA, or of a pool another HCA, is up', () => {
    expect(health(planAfter(strict, [0, [linked(0, 'DOWN', 'ACTIVE')]]))).toEqual([['0', true]]);
    expect(health(planAfter(strict, [0, [down, anHca(1)]]))).toEqual([['0', true]]);
  });

  it('withholds the shares of its own HCA only where shares go by device', () => {
    const made = planAfter({ ...strict, sharing: 'device' }, [0, [down, anHca(1)]]);
    expect(health(made).map(([, healthy]) => healthy)).toEqual([false, true]);
  });

  it('is told as the reason when nothing else is left', () => {
    expect(planAfter(strict, [0, [down]]).offers[0]?.whyEmpty).toBe(
      'no selected HCA can be used (mlx5_0: selected, but none of its ports is up)',
    );
  });

  it('leaves the HCA in the answer of a pool that another HCA keeps healthy, for it may come back under a running pod', () => {
    expect(planAfter(strict, [0, [down, anHca(1)]]).offers[0]?.shares[0]?.hcas).toEqual(['mlx5_0', 'mlx5_1']);
  });
});

describe('the hold-down', () => {
  it('counts a link that never fell at once, whether it was up at first sight or came up later', () => {
    expect(health(planAfter(strict, [5, [up]]))).toEqual([['0', true]]);
    expect(health(planAfter(strict, [5, [down]], [6, [up]]))).toEqual([['0', true]]);
  });

  it('takes a link that goes down at its word, and one that comes up only after it has stayed so', () => {
    const back = planAfter(strict, [0, [up]], [1, [down]], [2, [up]]);
    expect(health(back)).toEqual([['0', false]]);
    expect(back.changesAt).toBe(12_000);
    expect(health(plan(settingsOf(strict), anInventory([up]), back, 11_999))).toEqual([['0', false]]);
    expect(health(plan(settingsOf(strict), anInventory([up]), back, 12_000))).toEqual([['0', true]]);
  });

  it('begins anew with each fall of a link that flaps', () => {
    const flapping = planAfter(strict, [0, [up]], [1, [down]], [2, [up]], [8, [down]], [9, [up]], [18, [up]]);
    expect(health(flapping)).toEqual([['0', false]]);
    expect(flapping.changesAt).toBe(19_000);
  });

  it('has no say where it is 0 seconds', () => {
    const prompt = { ...strict, health: { ...strict.health, holdDownSeconds: 0 } };
    expect(health(planAfter(prompt, [0, [up]], [1, [down]], [2, [up]]))).toEqual([['0', true]]);
  });

  it('does not concern an HCA that went away and is there again', () => {
    expect(health(planAfter(strict, [0, [up]], [1, []], [2, [up]]))).toEqual([['0', true]]);
  });
});

describe('a share that nothing makes any more', () => {
  it('stays in the list, unhealthy, for as long as the settings say, and then leaves it', () => {
    const gone = planAfter(strict, [0, [up]], [1, []], [30, []]);
    expect(health(gone)).toEqual([['0', false]]);
    expect(gone.changesAt).toBe(61_000);
    expect(health(plan(settingsOf(strict), anInventory([]), gone, 60_999))).toEqual([['0', false]]);
    const forgotten = plan(settingsOf(strict), anInventory([]), gone, 61_000);
    expect(health(forgotten)).toEqual([]);
    expect(forgotten.changesAt).toBeNull();
  });

  it('has its time anew after it was made again in between', () => {
    const gone = planAfter(strict, [0, [up]], [1, []], [50, [up]], [55, []]);
    expect(gone.changesAt).toBe(115_000);
  });
});
