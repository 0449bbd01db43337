// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { eventName } from '#adapters/kubernetes/node/event-object.ts';
import { KubernetesNodeEvents } from '#adapters/kubernetes/node/events.ts';
import type { NodeEvent } from '#ports/node-events.ts';
import { livenessMs } from '../../../support/node-fixture.ts';
import { FakeApiServer, tlsFixture } from '../../../support/fake-api-server.ts';
import { RecordedLog } from '../../../support/recorded-log.ts';
import { SteppedClock, settle } from '../../../support/stepped-clock.ts';

const start = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const spreadMs = 30_000;
const hourMs = 3_600_000;
function eventOf(message: string, about = 'settings'): NodeEvent {
  return { about, type: 'Warning', reason: 'RdmaSettingsRejected', message, closing: '' };
}

let server: FakeApiServer;
let clock: SteppedClock;
let log: RecordedLog;
let events: KubernetesNodeEvents;
beforeEach(async () => {
  server = new FakeApiServer();
  clock = new SteppedClock();
  log = new RecordedLog();
  await server.start();
  events = nodeEvents();
});
afterEach(async () => {
  events.stop();
  await server.stop();
});

function nodeEvents({ random = 0.5, ca = 'ca.crt' }: { random?: number; ca?: string } = {}): KubernetesNodeEvents {
  return new KubernetesNodeEvents({
    access: server.access(() => tlsFixture(ca)),
    node: 'gpu-17',
    clock,
    wallClock: () => start + clock.now(),
    random: () => random,
    logger: log,
  });
}

/** Lets time pass in small steps, so that the server can respond. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) await clock.step(Math.min(left, 100));
}

/** Lets time pass until a condition holds. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + livenessMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await clock.step(100);
  }
}

function messages(): readonly unknown[] {
  return [...server.storedEvents.values()].map((event) => event['message']);
}

function counts(): readonly unknown[] {
  return [...server.storedEvents.values()].map((event) => event['count']);
}

/** Deletes all Events, as an API server does an hour later. */
function deleteEvents(): void {
  server.storedEvents.clear();
}

describe('KubernetesNodeEvents', () => {
  it('posts an Event of the Node that kubectl describe shows', async () => {
    events.post(eventOf('Settings rejected.'));
    await until('an Event', () => server.storedEvents.size === 1);
    const [[name, event]] = [...server.storedEvents] as [[string, object]];
    expect(name).toMatch(/^gpu-17\.[0-9a-f]{16}$/);
    expect(event).toMatchObject({
      metadata: { name, namespace: 'default' },
      involvedObject: { apiVersion: 'v1', kind: 'Node', name: 'gpu-17', uid: 'gpu-17' },
      type: 'Warning',
      reason: 'RdmaSettingsRejected',
      message: 'Settings rejected.',
      source: { component: 'rdma-shared-dp', host: 'gpu-17' },
      count: 1,
    });
    expect(event).toMatchObject({ firstTimestamp: expect.stringMatching(/^2026-01-02T03:04:\d\dZ$/) });
    expect(log.lines).toEqual([]);
  });

  it.each([0, 0.999])('posts at a random time within half a minute: random %f', async (random) => {
    events = nodeEvents({ random });
    events.post(eventOf('one'));
    await clock.step(spreadMs * random - 1);
    expect(server.requests).toEqual([]);
    await clock.step(1);
    await until('an Event', () => server.storedEvents.size === 1);
  });

  it('counts an equal Event, and creates it again after the server has deleted it', async () => {
    for (const times of [1, 2, 3]) {
      events.post(eventOf('one'));
      await until('the count', () => counts()[0] === times);
    }
    expect(server.requests).toEqual(
      ['POST', 'PATCH', 'PATCH'].map((method) => expect.stringMatching(`^${method} /api/v1/namespaces/default/events`)),
    );
    deleteEvents();
    events.post(eventOf('one'));
    await until('an Event', () => server.storedEvents.size === 1);
    expect(counts()).toEqual([1]);
  });

  it('posts only the newest of many Events about one subject', async () => {
    for (let i = 0; i < 1_000; i += 1) events.post(eventOf(`settings ${i}`));
    events.post(eventOf('rdma/a is empty', 'rdma/a'));
    await until('two Events', () => server.storedEvents.size === 2);
    await pass(10 * spreadMs);
    expect(messages()).toEqual(['settings 999', 'rdma/a is empty']);
  });

  it('posts 25 Events at once, then one every five minutes, and eventually the newest', async () => {
    for (let i = 0; i < 40; i += 1) {
      events.post(eventOf(`settings ${i}`));
      await pass(spreadMs);
    }
    const burst = 25 + Math.floor((40 * spreadMs) / 300_000);
    expect(server.storedEvents.size).toBeGreaterThanOrEqual(25);
    expect(server.storedEvents.size).toBeLessThanOrEqual(burst + 1);
    await pass(300_000);
    expect(messages().at(-1)).toBe('settings 39');
    await clock.step(hourMs);
    expect(clock.pending).toBe(0);
  });
});

describe('KubernetesNodeEvents: missing permissions', () => {
  it('are logged once, with the missing rule, and retried until they are granted', async () => {
    server.mode = 'events-forbidden';
    events.post(eventOf('one'));
    await until('several attempts', () => server.requests.length >= 4);
    expect(log.messages('warning')).toEqual([
      expect.stringMatching(
        /^This program is not allowed to post Events of the Node gpu-17 \(403: events is forbidden: /,
      ),
    ]);
    expect(log.lines[0]?.fields).toMatchObject({ code: 'KUBERNETES_EVENTS_FORBIDDEN' });
    const remedy = String(log.lines[0]?.fields['remedy']);
    expect(remedy).toContain('in the namespace default, as the component node-events of deploy/ does');
    expect(parse(remedy.slice(remedy.indexOf('{')))).toEqual({
      apiGroups: [''],
      resources: ['events'],
      verbs: ['create', 'patch'],
    });
    server.mode = 'healthy';
    await until('the Event', () => messages().includes('one'));
    expect(log.lines).toHaveLength(1);
  });

  it(
    'cost a dozen requests in the first hour and six in each hour after',
    async () => {
      server.mode = 'events-forbidden';
      events.post(eventOf('one'));
      const requests: number[] = [];
      for (let hour = 1; hour <= 2; hour += 1) {
        while (clock.now() < hour * hourMs) {
          await clock.step(5_000);
          // The server responds while no time passes.
          for (let i = 0; i < 10; i += 1) await settle();
        }
        requests.push(server.requests.length);
      }
      const [first = 0, both = 0] = requests;
      expect([first > 5, first <= 14, both > first, both - first <= 7]).toEqual([true, true, true, true]);
    },
    livenessMs,
  );
});

describe('KubernetesNodeEvents: a server that fails', () => {
  it.each(['unavailable', 'hangs'] as const)('is retried without a log message: %s', async (mode) => {
    server.mode = mode;
    events.post(eventOf('one'));
    await until('attempts', () => server.requests.length >= 3);
    server.mode = 'healthy';
    await until('the Event', () => messages().includes('one'));
    expect(log.lines).toEqual([]);
  });

  it('does not get a second Event if it created one without a response', async () => {
    server.mode = 'silent-after-create';
    events.post(eventOf('one'));
    await until('attempts', () => server.requests.length >= 2);
    server.mode = 'healthy';
    events.post(eventOf('two', 'rdma/a'));
    await until('the other Event', () => messages().includes('two'));
    expect(messages()).toEqual(['one', 'two']);
    expect(log.lines).toEqual([]);
  });

  it('does not delay stop while it hangs', async () => {
    server.mode = 'hangs';
    events.post(eventOf('one'));
    await until('an attempt', () => server.requests.length === 1);
    events.stop();
    await until('no timer', () => clock.pending === 0);
    events.post(eventOf('two'));
    await clock.step(hourMs);
    expect([server.requests.length, clock.pending]).toEqual([1, 0]);
  });

  it.each([
    ['token-rejected', 'KUBERNETES_TOKEN_REJECTED'],
    ['html', 'KUBERNETES_UNEXPECTED_RESPONSE'],
  ] as const)('is logged once if it needs action: %s', async (mode, code) => {
    server.mode = mode;
    events.post(eventOf('one'));
    await until('attempts', () => server.requests.length >= 3);
    expect(log.lines.map(({ fields }) => fields['code'])).toEqual([code]);
    server.mode = 'healthy';
    await until('the Event', () => messages().includes('one'));
  });

  it('gets no request if its certificate is from another CA', async () => {
    events = nodeEvents({ ca: 'other-ca.crt' });
    events.post(eventOf('one'));
    await until('a log message', () => log.lines.length === 1);
    expect([log.lines[0]?.fields['code'], server.requests]).toEqual(['KUBERNETES_CERTIFICATE_INVALID', []]);
  });

  it('gets the next Event after it has rejected one', async () => {
    server.mode = 'events-invalid';
    events.post(eventOf('one'));
    await until('a log message', () => log.lines.length === 1);
    expect(log.lines[0]?.fields['code']).toBe('KUBERNETES_EVENT_REJECTED');
    server.mode = 'healthy';
    events.post(eventOf('two'));
    await until('the Event', () => server.storedEvents.size === 1);
    expect(messages()).toEqual(['two']);
  });
});

describe('eventName', () => {
  it('is valid even for the longest name of a Node', () => {
    const name = eventName(`${'a'.repeat(235)}.${'b'.repeat(17)}`, start, 1);
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  });

  it('is unique even within a millisecond', () => {
    expect(new Set([eventName('n', start, 1), eventName('n', start, 2), eventName('n', start + 1, 1)]).size).toBe(3);
  });
});
