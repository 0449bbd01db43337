// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { StatusRecorder } from '#app/status/recorder.ts';
import { plan } from '#domain/offer/plan.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';
import { activeSettings, appliedPlan } from '../../support/status-fixture.ts';

const problem: Problem = { code: 'X', actor: 'node', subject: 'mlx5_0', message: 'It is ill.', remedy: 'Heal it.' };
const { offers } = plan(settingsOf(aResource({ name: 'rdma/a', rdmaHcaMax: 2 })), anInventory([anHca(0)]));

let now: number;
let recorder: StatusRecorder;
beforeEach(() => {
  now = Date.UTC(2026, 0, 2);
  recorder = new StatusRecorder(() => (now += 1_000));
});

function messages(): readonly string[] {
  return recorder.changes.map(({ message }) => message);
}

describe('StatusRecorder', () => {
  it('knows nothing at first', () => {
    expect([recorder.plan, recorder.changes]).toEqual([null, []]);
    expect(recorder.settings).toEqual({ generation: 0, hash: null, nodeEntries: [], lastRead: null });
    expect(recorder.recordOf('rdma/a')).toEqual({ streams: 0, since: null, registrations: 0, granted: 0, refused: 0 });
  });

  it('keeps the settings in effect when new ones are rejected', () => {
    recorder.settingsApplied(activeSettings({ nodeEntries: ['nodes[0]'] }));
    recorder.settingsRejected([problem]);
    recorder.settingsRejected([problem]);
    expect(recorder.settings).toEqual({
      generation: 1,
      hash: '0badcafe',
      nodeEntries: ['nodes[0]'],
      lastRead: { at: expect.stringMatching(/^2026-01-02T00:00:0\d\.000Z$/), valid: false, problems: [problem] },
    });
    expect(messages()).toEqual(['Settings applied: generation 1, hash 0badcafe.', 'Settings rejected: It is ill.']);
  });

  it('counts streams, registrations and answers of a resource', () => {
    for (const event of ['registered', 'registered', 'unregistered'] as const) recorder.resourceEvent('rdma/a', event);
    for (const result of ['granted', 'refused', 'granted'] as const)
      recorder.allocationAnswered('rdma/a', { result, seconds: 0 });
    expect(recorder.recordOf('rdma/a')).toMatchObject({ streams: 1, registrations: 2, granted: 2, refused: 1 });
    recorder.resourceEvent('rdma/a', 'unregistered');
    recorder.resourceEvent('rdma/a', 'unregistered');
    expect(recorder.recordOf('rdma/a').streams).toBe(0);
  });

  it('notes what changes between plans, and nothing else', () => {
    const healthy = appliedPlan({ offers });
    for (const one of [healthy, healthy, { ...healthy, problems: [problem] }, healthy, appliedPlan()])
      recorder.planApplied(one);
    expect(messages()).toEqual([
      'rdma/a has 2 of 2 shares available, on 1 HCA.',
      'It is ill.',
      'X of mlx5_0 no longer applies.',
      'rdma/a is no longer offered.',
    ]);
  });

  it('remembers the last 32 changes', () => {
    for (let i = 0; i < 40; i += 1) recorder.resourceEvent(`rdma/${i}`, 'registered');
    expect([messages().length, messages()[0]]).toEqual([32, 'rdma/8 was registered.']);
  });
});
