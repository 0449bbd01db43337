// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { NodeEventReporter } from '#app/node-event-reporter.ts';
import type { ActiveSettings } from '#app/settings-follower.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { Hca } from '#domain/hca/hca.ts';
import { plan } from '#domain/offer/plan.ts';
import { aResource, anHca, anInventory, settingsOf } from '../support/hca-fixture.ts';
import { RecordedNodeEvents } from '../support/recorded-node-events.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const settings = settingsOf(aResource({ name: 'rdma/a' }));
const applied = (generation: number): ActiveSettings => ({
  settings,
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
  report.update(plan(settings, anInventory(hcas)).offers);
}

function reasons(): readonly string[] {
  return events.posted.map(({ type, reason }) => `${type} ${reason}`);
}

describe('of settings', () => {
  it('those of the start are no news', () => {
    report.settingsApplied(applied(1));
    expect(events.posted).toEqual([]);
  });

  it('a change is told with generation, hash and resources, once', () => {
    for (const generation of [1, 2, 2, 2]) report.settingsApplied(applied(generation));
    expect(events.posted).toEqual([
      {
        about: 'settings',
        type: 'Normal',
        reason: 'RdmaSettingsApplied',
        message: 'Settings applied: generation 2, hash hash2. Resources: rdma/a.',
      },
    ]);
  });

  it('a refusal is told once, with the first problem, its remedy and what stays in force', () => {
    report.settingsApplied(applied(1));
    for (let i = 0; i < 3; i += 1)
      report.settingsRejected([problem(), problem({ message: 'y is bad.' }), problem({ message: 'z is bad.' })]);
    expect(events.posted).toEqual([
      {
        about: 'settings',
        type: 'Warning',
        reason: 'RdmaSettingsRejected',
        message:
          'Settings rejected; keeping the previous ones: generation 1, hash hash1. x is bad. Fix x. More problems in the log: 2.',
      },
    ]);
  });

  it('a refusal at the start is told, and its end', () => {
    report.settingsRejected([problem()]);
    report.settingsApplied(applied(1));
    expect(events.posted.map(({ message }) => message)).toEqual([
      'Settings rejected; no resources are offered until they are corrected. x is bad. Fix x.',
      'Settings applied: generation 1, hash hash1. Resources: rdma/a.',
    ]);
  });

  it('the return to those in force after a refusal is told', () => {
    report.settingsApplied(applied(3));
    report.settingsRejected([problem()]);
    report.settingsApplied(applied(3));
    expect(reasons()).toEqual(['Warning RdmaSettingsRejected', 'Normal RdmaSettingsApplied']);
  });

  it('a server that cannot be reached is not told, for nobody would hear it', () => {
    report.settingsRejected([problem({ code: 'KUBERNETES_UNREACHABLE', actor: 'node' })]);
    report.settingsApplied(applied(1));
    expect(events.posted).toEqual([]);
  });

  it('a message has at most 1024 bytes, and its remedy whole', () => {
    report.settingsRejected([problem({ message: `ü${'ö'.repeat(2_000)}.` })]);
    const message = events.posted[0]?.message ?? '';
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
    expect(Buffer.byteLength(message)).toBeGreaterThan(1020);
    expect(message).toMatch(/ö… Fix x\.$/);
  });
});

describe('of a resource', () => {
  const wanted = anHca(3);
  const { pci } = wanted;
  if (pci === null) throw new Error('this HCA has a PCI function');
  const other = anHca(0, { name: 'irdma0', pci: { ...pci, vendor: '8086' } });
  beforeEach(() => report.settingsApplied(applied(1)));

  it('that selects nothing is told why, once, when it has been so for a minute', async () => {
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
          'rdma/a has no shares available: no HCA matches its selectors (irdma0: expected vendors 15b3, found 8086). Settings: generation 1, hash hash1.',
      },
    ]);
  });

  it('on a node without RDMA devices it is no warning', async () => {
    found();
    await clock.step(settleMs);
    expect(reasons()).toEqual(['Normal RdmaResourceEmpty']);
  });

  it('whose driver comes late at a start nothing is told', async () => {
    found();
    await clock.step(settleMs / 2);
    found(wanted);
    await clock.step(settleMs);
    expect([events.posted, clock.pending]).toEqual([[], 0]);
  });

  it('that has shares again is told after it was told to have none', async () => {
    found(other);
    await clock.step(settleMs);
    found(other, wanted);
    expect(reasons()).toEqual(['Warning RdmaResourceEmpty', 'Normal RdmaResourceOffered']);
    expect(events.posted[1]?.message).toMatch(/^rdma\/a has \d+ shares available on mlx5_3\. Settings: generation 1/);
    found(other, wanted);
    expect(events.posted).toHaveLength(2);
  });

  it('that is still empty under new settings is told again', async () => {
    found(other);
    await clock.step(settleMs);
    report.settingsApplied(applied(2));
    found(other);
    await clock.step(settleMs);
    expect(reasons()).toEqual(['Warning RdmaResourceEmpty', 'Normal RdmaSettingsApplied', 'Warning RdmaResourceEmpty']);
    expect(events.posted[2]?.message).toContain('generation 2');
  });

  it('that is no longer configured is not told', async () => {
    found(other);
    report.update([]);
    await clock.step(settleMs);
    expect([events.posted, clock.pending]).toEqual([[], 0]);
  });

  it('nothing is told after the end', async () => {
    found(other);
    report.stop();
    await clock.step(settleMs);
    expect([events.posted, events.stopped, clock.pending]).toEqual([[], true, 0]);
  });
});
