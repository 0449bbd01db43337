// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { NodeEventReporter } from '#app/reports/node-event-reporter.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { Hca } from '#domain/hca/hca.ts';
import { plan } from '#domain/offer/plan.ts';
import { conditionProblem } from '#domain/offer/words/conditions.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';
import { RecordedNodeEvents } from '../../support/recorded-node-events.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

const settings = settingsOf(aResource({ name: 'rdma/a' }));
const active = (generation: number): ActiveSettings => ({
  settings,
  rejected: [],
  nodeEntries: [],
  generation,
  hash: `hash${generation}`,
});
const problem = (change: Partial<Problem> = {}): Problem => ({
  code: 'BAD',
  actor: 'operator',
  subject: 'x',
  message: 'x is bad.',
  remedy: 'Fix x.',
  ...change,
});
const settleMs = 60_000;

let events: RecordedNodeEvents;
let clock: SteppedClock;
let report: NodeEventReporter;
beforeEach(() => {
  events = new RecordedNodeEvents();
  clock = new SteppedClock();
  report = new NodeEventReporter(events, clock);
});

function found(...hcas: readonly Hca[]): void {
  const { offers, conditions } = plan(settings, anInventory(hcas));
  report.update({ offers, hcaProblems: conditions.map(conditionProblem) });
}

function reasons(): readonly string[] {
  return events.posted.map(({ type, reason }) => `${type} ${reason}`);
}

describe('NodeEventReporter with settings', () => {
  it('posts nothing about the settings at startup', () => {
    report.settingsApplied(active(1));
    expect(events.posted).toEqual([]);
  });

  it('posts a change once, with generation, hash and resources', () => {
    for (const generation of [1, 2, 2, 2]) report.settingsApplied(active(generation));
    expect(events.posted).toEqual([
      {
        about: 'settings',
        type: 'Normal',
        reason: 'RdmaSettingsApplied',
        message: 'Settings applied: generation 2, hash hash2. Resources: rdma/a.',
        closing: '',
      },
    ]);
  });

  it('posts a rejection once, with the first problem, its remedy and the settings that are kept', () => {
    report.settingsApplied(active(1));
    for (let i = 0; i < 3; i += 1)
      report.settingsRejected([problem(), problem({ message: 'y is bad.' }), problem({ message: 'z is bad.' })]);
    expect(events.posted).toEqual([
      {
        about: 'settings',
        type: 'Warning',
        reason: 'RdmaSettingsRejected',
        message: 'Settings rejected; keeping the previous ones: generation 1, hash hash1. x is bad.',
        closing: 'Fix x. More problems in the log: 2.',
      },
    ]);
  });

  it('posts a rejection at the start, and its end', () => {
    report.settingsRejected([problem()]);
    report.settingsApplied(active(1));
    expect(events.posted.map(({ message }) => message)).toEqual([
      'Settings rejected; no resources are offered until they are corrected. x is bad.',
      'Settings applied: generation 1, hash hash1. Resources: rdma/a.',
    ]);
  });

  it('posts the return to the active settings after a rejection', () => {
    report.settingsApplied(active(3));
    report.settingsRejected([problem()]);
    report.settingsApplied(active(3));
    expect(reasons()).toEqual(['Warning RdmaSettingsRejected', 'Normal RdmaSettingsApplied']);
  });

  it('posts nothing about an unreachable API server', () => {
    report.settingsRejected([problem({ code: 'KUBERNETES_UNREACHABLE', actor: 'node' })]);
    report.settingsApplied(active(1));
    expect(events.posted).toEqual([]);
  });
});

describe('NodeEventReporter with resources that the kubelet would reject', () => {
  const rejected = (...names: readonly string[]): ActiveSettings['rejected'] =>
    names.map((name) => ({ name, problems: [problem({ message: `${name} is bad.` })] }));

  it('posts them once, at startup too', () => {
    for (let i = 0; i < 3; i += 1) report.settingsApplied({ ...active(1), rejected: rejected('rdma/b_', 'rdma/c_') });
    expect(events.posted).toEqual([
      {
        about: 'rejected resources',
        type: 'Warning',
        reason: 'RdmaResourceRejected',
        message: 'rdma/b_ is not offered, because the kubelet would reject it. rdma/b_ is bad.',
        closing: 'Fix x. More problems in the log: 1.',
      },
    ]);
  });

  it('posts again after they were corrected', () => {
    for (const names of [['rdma/b_'], [], ['rdma/b_'], ['rdma/c_']])
      report.settingsApplied({ ...active(1), rejected: rejected(...names) });
    expect(events.posted.map(({ message }) => message.split(' ')[0])).toEqual(['rdma/b_', 'rdma/b_', 'rdma/c_']);
  });
});

describe('NodeEventReporter with a resource', () => {
  const wanted = anHca(3);
  const { pci } = wanted;
  if (pci === null) throw new Error('this HCA has a PCI function');
  const other = anHca(0, { name: 'irdma0', pci: { ...pci, vendor: '8086' } });
  beforeEach(() => report.settingsApplied(active(1)));

  it('posts once why it is empty, after a minute', async () => {
    found(other);
    await clock.step(settleMs - 1);
    expect(events.posted).toEqual([]);
    await clock.step(1);
    for (let i = 0; i < 3; i += 1) found(other);
    await clock.step(10 * settleMs);
    expect(events.posted).toEqual([
      {
        about: 'rdma/a',
        type: 'Warning',
        reason: 'RdmaResourceEmpty',
        message:
          'rdma/a has no shares available: no HCA matches its selectors (irdma0: expected vendors 15b3, found 8086).',
        closing:
          'If irdma0 is meant, add 8086 to selectors.vendors. If another HCA is meant, load its driver. ' +
          'Settings: generation 1, hash hash1.',
      },
    ]);
  });

  it('posts no warning on a node without RDMA devices', async () => {
    found();
    await clock.step(settleMs);
    expect(reasons()).toEqual(['Normal RdmaResourceEmpty']);
  });

  it('posts nothing if a driver loads late at boot', async () => {
    found();
    await clock.step(settleMs / 2);
    found(wanted);
    await clock.step(settleMs);
    expect([events.posted, clock.pending]).toEqual([[], 0]);
  });

  it('posts that it has shares again, after it posted that it has none', async () => {
    found(other);
    await clock.step(settleMs);
    found(other, wanted);
    expect(reasons()).toEqual(['Warning RdmaResourceEmpty', 'Normal RdmaResourceOffered']);
    expect(events.posted[1]).toMatchObject({
      message: expect.stringMatching(/^rdma\/a has \d+ shares available on mlx5_3\.$/),
      closing: 'Settings: generation 1, hash hash1.',
    });
    found(other, wanted);
    expect(events.posted).toHaveLength(2);
  });

  it('posts again that it is empty under new settings', async () => {
    found(other);
    await clock.step(settleMs);
    report.settingsApplied(active(2));
    found(other);
    await clock.step(settleMs);
    expect(reasons()).toEqual(['Warning RdmaResourceEmpty', 'Normal RdmaSettingsApplied', 'Warning RdmaResourceEmpty']);
    expect(events.posted[2]?.closing).toContain('generation 2');
  });

  it('posts nothing about a resource that is no longer configured', async () => {
    found(other);
    report.update({ offers: [], hcaProblems: [] });
    await clock.step(settleMs);
    expect([events.posted, clock.pending]).toEqual([[], 0]);
  });

  it('posts nothing after it was stopped', async () => {
    found(other);
    report.stop();
    await clock.step(settleMs);
    expect([events.posted, events.stopped, clock.pending]).toEqual([[], true, 0]);
  });
});
