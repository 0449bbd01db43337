// SPDX-License-Identifier: Apache-2.0
import { parseFakeHcas } from '#adapters/discovery/fake/parse-hcas.ts';
import { FakeHost } from '#adapters/discovery/fake/host.ts';
import { statusText } from '#adapters/cli/text/status.ts';
import { findingsText } from '#adapters/cli/text/findings.ts';
import { readSettings } from '#adapters/settings/read-settings.ts';
import { GrantJournal } from '#app/holders/grant-journal.ts';
import { statusReader } from '#app/status/node-status-reader.ts';
import { StatusRecorder } from '#app/status/recorder.ts';
import { kubeletFindings } from '#domain/diagnosis/kubelet.ts';
import { podFindings } from '#domain/diagnosis/pod/findings.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { withStaleHolders } from '#domain/offer/conditions/stale-holders.ts';
import { plan } from '#domain/offer/plan.ts';
import { conditionProblem } from '#domain/offer/words/conditions.ts';
import type { ClusterSettings } from '#domain/settings/settings.ts';
import { settingsFor } from '#domain/settings/for-node.ts';
import { formatExplanation } from '../../src/commands/explain.ts';
import { validateBytes } from '../../src/commands/validate.ts';
import type { Hardware, Question } from './situation.ts';
import { sharesOf } from '../support/share-list.ts';

const table = { format: 'table', headers: true } as const;

/** Returns what the command of a question prints. */
export async function answerTo(question: Question): Promise<string> {
  switch (question.command) {
    case 'explain':
      return await explained(question);
    case 'status':
      return await statusOf(question);
    case 'validate':
      return await validateBytes('config.json', new TextEncoder().encode(question.text));
    case 'doctor':
      return findingsText(kubeletFindings(question.kubelet), false);
    case 'check':
      return findingsText(podFindings(question.pod), false);
  }
}

async function explained({ settings, hardware, target }: Extract<Question, { command: 'explain' }>): Promise<string> {
  const reading = await readDocument({ configList: settings });
  const inventory = (await hostWith(hardware)).inventory();
  const read = () => Promise.resolve({ ...reading, ...settingsFor(reading.settings, { name: null, labels: null }) });
  const parts = {
    settings: { read },
    discovery: { scan: () => Promise.resolve(inventory) },
    extraNodes: null,
    injection: 'device-nodes' as const,
  };
  return await formatExplanation(parts, target ?? null, table);
}

/** The daemon scans `before`, grants the first share to a container, then misses the HCAs, and finds `hardware`. */
async function statusOf({ settings, before, hardware }: Extract<Question, { command: 'status' }>): Promise<string> {
  const { settings: document } = await readDocument({ configList: settings });
  const [first, last] = [await hostWith(before), await hostWith(hardware)].map((host) => host.inventory());
  const empty: Inventory = { hcas: [], netnsMode: 'shared', problems: [] };
  const clock = { now: () => 0, after: () => () => {} };
  const [recorder, grants] = [new StatusRecorder(() => Date.UTC(2026, 0, 2)), new GrantJournal(clock)];
  const start = plan(document, first ?? empty);
  const [share] = sharesOf(start.offers[0]);
  const resource = start.offers[0]?.resource ?? '';
  const holder = { namespace: 'train', pod: 'job-0', container: 'main', resource, shareIds: [share?.id ?? ''] };
  const isReload = (last?.hcas.length ?? 0) === (first?.hcas.length ?? 0);
  const between = isReload ? plan(document, empty, start, 1_000) : start;
  const end = plan(document, last ?? empty, between, 2_000);
  const evidence = { offers: end.offers, holders: [holder], grantedAt: () => null };
  const conditions = withStaleHolders(end.conditions, evidence);
  const active = { settings: document, rejected: [], nodeEntries: [], generation: 1, hash: '0badcafe' };
  recorder.settingsApplied(active);
  recorder.planApplied({
    active,
    offers: end.offers,
    problems: [...end.problems, ...conditions.map(conditionProblem)],
    conditions,
    hcas: last?.hcas ?? [],
  });
  recorder.resourceEvent(resource, 'registered');
  const read = statusReader({
    program: { version: '0.1.0', commit: 'abc', pid: 1, node: 'gpu-17', startedAt: '2026-01-01T00:00:00.000Z' },
    recorder,
    publisher: {
      isStandby: () => false,
      start: () => Promise.resolve(),
      publish: () => {},
      stop: () => Promise.resolve(),
    },
    podResources: { list: () => Promise.resolve([holder]) },
    grants,
    clockStartedAt: 0,
  });
  return statusText(await read({ holders: true }), { wide: false, headers: true });
}

async function readDocument(document: object): Promise<{ readonly settings: ClusterSettings } & ValidReading> {
  const reading = await readSettings('config.json', new TextEncoder().encode(JSON.stringify(document)));
  if (!reading.valid) throw new Error(reading.problems.map(({ message }) => message).join(' '));
  return reading;
}

type ValidReading = Extract<Awaited<ReturnType<typeof readSettings>>, { readonly valid: true }>;

async function hostWith(hardware: Hardware): Promise<FakeHost> {
  const reading = await parseFakeHcas(JSON.stringify(hardware), (text): unknown => JSON.parse(text));
  if (reading.hardware === null) throw new Error(reading.problems.map(({ message }) => message).join(' '));
  const host = new FakeHost();
  host.replace(reading.hardware);
  return host;
}
