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
const news = (message: string, about = 'settings'): NodeEvent => ({
  about,
  type: 'Warning',
  reason: 'RdmaSettingsRejected',
  message,
  closing: '',
});

let server: FakeApiServer;
let clock: SteppedClock;
let log: RecordedLog;
let events: KubernetesNodeEvents;
beforeEach(async () => {
  server = new FakeApiServer();
  clock = new SteppedClock();
  log = new RecordedLog();
  await server.start();
  events = anAdapter();
});
afterEach(async () => {
  events.stop();
  await server.stop();
});

function anAdapter({ random = 0.5, ca = 'ca.crt' }: { random?: number; ca?: string } = {}): KubernetesNodeEvents {
  const credentials = async () =>
    await Promise.resolve({
      ca: tlsFixture(ca),
      token: server.token,
      clientCertificate: null,
      clientKey: null,
      verify: true,
    });
  const access = { server: new URL(server.url), namespace: 'kube-system', credentials };
  return new KubernetesNodeEvents({
    access,
    node: 'gpu-17',
    clock,
    wallClock: () => start + clock.now(),
    random: () => random,
    logger: log,
  });
}

/** Lets time pass in small steps, in which a server can answer. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) await clock.step(Math.min(left, 100));
}

/** Lets time pass till something is so. */
async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + livenessMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await clock.step(100);
  }
}

function messages(): readonly unknown[] {
  return [...server.heldEvents.values()].map((event) => event['message']);
}

function counts(): readonly unknown[] {
  return [...server.heldEvents.values()].map((event) => event['count']);
}

/** As an API server does it an hour later. */
function forgetEvents(): void {
  server.heldEvents.clear();
}

describe('news', () => {
  it('is an Event of the Node as kubectl describe shows it', async () => {
    events.post(news('Settings were refused.'));
    await until('an Event', () => server.heldEvents.size === 1);
    const [[name, event]] = [...server.heldEvents] as [[string, object]];
    expect(name).toMatch(/^gpu-17\.[0-9a-f]{16}$/);
    expect(event).toMatchObject({
      metadata: { name, namespace: 'default' },
      involvedObject: { apiVersion: 'v1', kind: 'Node', name: 'gpu-17', uid: 'gpu-17' },
      type: 'Warning',
      reason: 'RdmaSettingsRejected',
      message: 'Settings were refused.',
      source: { component: 'rdma-shared-dp', host: 'gpu-17' },
      count: 1,
    });
    expect(event).toMatchObject({ firstTimestamp: expect.stringMatching(/^2026-01-02T03:04:\d\dZ$/) });
    expect(log.lines).toEqual([]);
  });

  it.each([0, 0.999])('is spread over half a minute: chance %f', async (random) => {
    events = anAdapter({ random });
    events.post(news('one'));
    await clock.step(spreadMs * random - 1);
    expect(server.asked).toEqual([]);
    await clock.step(1);
    await until('an Event', () => server.heldEvents.size === 1);
  });

  it('that comes again is counted, and posted anew once the server has forgotten it', async () => {
    for (const times of [1, 2, 3]) {
      events.post(news('one'));
      await until('the count', () => counts()[0] === times);
    }
    expect(server.asked).toEqual(
      ['POST', 'PATCH', 'PATCH'].map((method) => expect.stringMatching(`^${method} /api/v1/namespaces/default/events`)),
    );
    forgetEvents();
    events.post(news('one'));
    await until('an Event', () => server.heldEvents.size === 1);
    expect(counts()).toEqual([1]);
  });

  it('that is overtaken by newer news of the same is not posted, however much there is', async () => {
    for (let i = 0; i < 1_000; i += 1) events.post(news(`settings ${i}`));
    events.post(news('rdma/a is empty', 'rdma/a'));
    await until('two Events', () => server.heldEvents.size === 2);
    await pass(10 * spreadMs);
    expect(messages()).toEqual(['settings 999', 'rdma/a is empty']);
  });

  it('comes 25 times at once and then once in five minutes, with the last word in the end', async () => {
    for (let i = 0; i < 40; i += 1) {
      events.post(news(`settings ${i}`));
      await pass(spreadMs);
    }
    const burst = 25 + Math.floor((40 * spreadMs) / 300_000);
    expect(server.heldEvents.size).toBeGreaterThanOrEqual(25);
    expect(server.heldEvents.size).toBeLessThanOrEqual(burst + 1);
    await pass(300_000);
    expect(messages().at(-1)).toBe('settings 39');
    await clock.step(hourMs);
    expect(clock.pending).toBe(0);
  });
});

describe('a right that is missing', () => {
  it('is told once, with what gives it as YAML, and used as soon as it is given', async () => {
    server.mood = 'events-forbidden';
    events.post(news('one'));
    await until('several tries', () => server.asked.length >= 4);
    expect(log.messages('warning')).toEqual([
      expect.stringMatching(/^This program may not tell of the node gpu-17 in Events \(403: events is forbidden: /),
    ]);
    expect(log.lines[0]?.fields).toMatchObject({ code: 'KUBERNETES_EVENTS_FORBIDDEN' });
    const [yaml = ''] = /!!map \{apiVersion.*\}(?= Without)/.exec(String(log.lines[0]?.fields['remedy'])) ?? [];
    const metadata = { name: 'rdma-shared-dp-events', namespace: 'default' };
    expect(parse(yaml)).toEqual({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata,
          rules: [{ apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] }],
        },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata,
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'rdma-shared-dp-events' },
          subjects: [{ kind: 'ServiceAccount', name: 'rdma-shared-dp', namespace: 'kube-system' }],
        },
      ],
    });
    server.mood = 'well';
    await until('the Event', () => messages().includes('one'));
    expect(log.lines).toHaveLength(1);
  });

  it(
    'costs a dozen requests in the first hour, and six in each that follows',
    async () => {
      server.mood = 'events-forbidden';
      events.post(news('one'));
      const asked: number[] = [];
      for (let hour = 1; hour <= 2; hour += 1) {
        while (clock.now() < hour * hourMs) {
          await clock.step(5_000);
          // The server answers meanwhile, and no time passes.
          for (let i = 0; i < 10; i += 1) await settle();
        }
        asked.push(server.asked.length);
      }
      const [first = 0, both = 0] = asked;
      expect([first > 5, first <= 14, both > first, both - first <= 7]).toEqual([true, true, true, true]);
    },
    livenessMs,
  );
});

describe('a server that does not do its work', () => {
  it.each(['ill', 'hangs'] as const)('is tried again without a word: %s', async (mood) => {
    server.mood = mood;
    events.post(news('one'));
    await until('tries', () => server.asked.length >= 3);
    server.mood = 'well';
    await until('the Event', () => messages().includes('one'));
    expect(log.lines).toEqual([]);
  });

  it('and has an Event that it did not answer for is not given another', async () => {
    server.mood = 'silent-after-taking';
    events.post(news('one'));
    await until('tries', () => server.asked.length >= 2);
    server.mood = 'well';
    events.post(news('two', 'rdma/a'));
    await until('the other Event', () => messages().includes('two'));
    expect(messages()).toEqual(['one', 'two']);
    expect(log.lines).toEqual([]);
  });

  it('keeps nobody from an end while it hangs', async () => {
    server.mood = 'hangs';
    events.post(news('one'));
    await until('a try', () => server.asked.length === 1);
    events.stop();
    await until('no timer', () => clock.pending === 0);
    events.post(news('two'));
    await clock.step(hourMs);
    expect([server.asked.length, clock.pending]).toEqual([1, 0]);
  });

  it.each([
    ['token-refused', 'KUBERNETES_TOKEN_REJECTED'],
    ['html', 'KUBERNETES_UNEXPECTED_RESPONSE'],
  ] as const)('is told once where it does not come right by itself: %s', async (mood, code) => {
    server.mood = mood;
    events.post(news('one'));
    await until('tries', () => server.asked.length >= 3);
    expect(log.lines.map(({ fields }) => fields['code'])).toEqual([code]);
    server.mood = 'well';
    await until('the Event', () => messages().includes('one'));
  });

  it('is not asked anything where its certificate is not that of the CA', async () => {
    events = anAdapter({ ca: 'other-ca.crt' });
    events.post(news('one'));
    await until('a line', () => log.lines.length === 1);
    expect([log.lines[0]?.fields['code'], server.asked]).toEqual(['KUBERNETES_CERTIFICATE_INVALID', []]);
  });

  it('and does not take an Event gets the next one', async () => {
    server.mood = 'events-invalid';
    events.post(news('one'));
    await until('a line', () => log.lines.length === 1);
    expect(log.lines[0]?.fields['code']).toBe('KUBERNETES_EVENT_REJECTED');
    server.mood = 'well';
    events.post(news('two'));
    await until('the Event', () => server.heldEvents.size === 1);
    expect(messages()).toEqual(['two']);
  });
});

describe('the name of an Event', () => {
  it('is one that the API takes, also for the longest name of a node', () => {
    const name = eventName(`${'a'.repeat(235)}.${'b'.repeat(17)}`, start, 1);
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  });

  it('is another for each, also within a millisecond', () => {
    expect(new Set([eventName('n', start, 1), eventName('n', start, 2), eventName('n', start + 1, 1)]).size).toBe(3);
  });
});
