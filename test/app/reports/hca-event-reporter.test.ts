// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { HcaEventReporter } from '#app/reports/hca-event-reporter.ts';
import type { Hca } from '#domain/hca/hca.ts';
import { conditionProblem } from '#domain/offer/words/conditions.ts';
import { type Plan, emptyPlan, plan } from '#domain/offer/plan.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';
import { RecordedNodeEvents } from '../../support/recorded-node-events.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

const settleMs = 60_000;
const settings = settingsOf(aResource({ name: 'rdma/a' }));

let events: RecordedNodeEvents;
let clock: SteppedClock;
let report: HcaEventReporter;
let planned: Plan;
beforeEach(() => {
  events = new RecordedNodeEvents();
  clock = new SteppedClock();
  report = new HcaEventReporter(events, clock);
  planned = emptyPlan;
});

function found(...hcas: readonly Hca[]): void {
  planned = plan(settings, anInventory(hcas), planned, clock.now());
  report.update(planned.conditions.map(conditionProblem));
}

function posted(): readonly string[] {
  return events.posted.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}

const many = Array.from({ length: 12 }, (_, index) => anHca(index));

describe('HcaEventReporter', () => {
  it('posts a Warning with a remedy when an HCA is gone for a minute, and a Normal Event when it is back', async () => {
    found(anHca(0), anHca(1));
    found(anHca(0));
    await clock.step(settleMs - 1);
    expect(posted()).toEqual([]);
    await clock.step(1);
    expect(posted()).toEqual(['Warning RdmaHcaUnavailable: HCA mlx5_1 (0000:01:00.0) of rdma/a is gone.']);
    expect(events.posted[0]?.closing).toContain('Search dmesg for 0000:01:00.0');
    found(anHca(0), anHca(1));
    expect(posted().slice(1)).toEqual(['Normal RdmaHcaCleared: HCA_GONE no longer applies to mlx5_1 (0000:01:00.0).']);
  });

  it('posts that pods need a restart, and nothing when that is too old to matter', async () => {
    found(anHca(0));
    found();
    found(anHca(0, { deviceNodes: anHca(4).deviceNodes }));
    await clock.step(settleMs);
    expect(posted()).toEqual([expect.stringMatching(/^Warning RdmaHcaChanged: .* is back with uverbs4/)]);
    expect(events.posted[0]?.closing).toMatch(/^Restart the pods that use rdma\/a/);
    await clock.step(86_400_000);
    found(anHca(0, { deviceNodes: anHca(4).deviceNodes }));
    expect(events.posted).toHaveLength(1);
  });

  it('posts nothing about an HCA that is back within a minute', async () => {
    found(anHca(0), anHca(1, { deviceNodes: [] }));
    await clock.step(settleMs / 2);
    found(anHca(0), anHca(1));
    await clock.step(settleMs);
    expect([events.posted, clock.pending]).toEqual([[], 0]);
  });

  it('posts one Event about many HCAs that fail together', async () => {
    found(...many);
    found();
    await clock.step(settleMs);
    expect(posted()).toEqual([
      expect.stringMatching(
        /^Warning RdmaHcaUnavailable: HCA mlx5_0 .* is gone\. The same problem, HCA_GONE, on: mlx5_1 /,
      ),
    ]);
    expect(events.posted[0]?.message.length).toBeLessThan(500);
  });

  it('posts an Event for each of a few HCAs, each with a subject of its own', async () => {
    found(...many);
    found(...many.slice(3));
    await clock.step(settleMs);
    expect(new Set(events.posted.map(({ about }) => about)).size).toBe(3);
  });

  it('posts about an HCA that fails later at its own time', async () => {
    found(anHca(0), anHca(1), anHca(2));
    found(anHca(0), anHca(1));
    await clock.step(settleMs / 2);
    found(anHca(0));
    await clock.step(settleMs / 2);
    expect(events.posted).toHaveLength(1);
    await clock.step(settleMs / 2);
    expect(events.posted).toHaveLength(2);
  });

  it('posts nothing after it was stopped', async () => {
    found(anHca(0));
    found();
    report.stop();
    await clock.step(settleMs);
    expect([events.posted, clock.pending]).toEqual([[], 0]);
  });
});
