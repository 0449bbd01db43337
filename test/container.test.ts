// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Container, ServiceIdentifier } from 'inversify';
import { FileCdiSpecStore } from '#adapters/cdi/file-cdi-spec-store.ts';
import type { Command, RunOptions } from '#adapters/cli/command.ts';
import { parseArguments } from '#adapters/cli/parse-arguments.ts';
import { CombinedDiscovery } from '#adapters/discovery/combined-discovery.ts';
import { FileFakeHcaDiscovery } from '#adapters/discovery/fake/file-hca-discovery.ts';
import { MeasuredDiscovery } from '#adapters/discovery/measured-discovery.ts';
import { Discovery } from '#adapters/discovery/registry.ts';
import { SysfsChangeHints } from '#adapters/discovery/sysfs/change-hints.ts';
import { DevExtraNodes } from '#adapters/discovery/sysfs/extra-nodes.ts';
import { SysfsNetdevLinks } from '#adapters/host/sysfs-netdev-links.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { KubeletPodResources } from '#adapters/kubelet/pod-resources/client.ts';
import { KubeletResourcePublisher } from '#adapters/kubelet/resource-publisher.ts';
import { KubernetesConfigSource } from '#adapters/kubernetes/config-map/config-source.ts';
import { KubernetesNodeEvents } from '#adapters/kubernetes/node/events.ts';
import { KubernetesNodeLabels } from '#adapters/kubernetes/node/labels.ts';
import { HttpEndpoint } from '#adapters/http/endpoint.ts';
import { AbsentNodeLabels } from '#adapters/settings/absent-node-labels.ts';
import { FileConfigSource } from '#adapters/settings/file/config-source.ts';
import { FileNodeLabels } from '#adapters/settings/file/node-labels.ts';
import { Daemon } from '#app/daemon.ts';
import { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import { Clock } from '#ports/clock.ts';
import { ConfigSource } from '#ports/config-source.ts';
import { ExtraNodes } from '#ports/extra-nodes.ts';
import { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { HcaDiscovery } from '#ports/hca-discovery.ts';
import { Logger } from '#ports/logger.ts';
import { Observer } from '#ports/observer.ts';
import { Observers } from '#app/status/observers.ts';
import { StatusRecorder } from '#app/status/recorder.ts';
import { NetdevLinks } from '#ports/netdev-links.ts';
import { NodeEvents } from '#ports/node-events.ts';
import { NodeLabels } from '#ports/node-labels.ts';
import { PodResources } from '#ports/pod-resources.ts';
import { ResourcePublisher } from '#ports/resource-publisher.ts';
import { createContainer } from '#src/container.ts';
import { createHcaDiscovery, createProgram } from '#src/program.ts';
import { RecordedLog } from './support/recorded-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'rdma-container-'));
afterAll(() => rmSync(directory, { recursive: true }));
const kubeconfig = join(directory, 'kubeconfig');
writeFileSync(
  kubeconfig,
  JSON.stringify({
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user: { token: 't' } }],
  }),
);

type Class = abstract new (...args: never[]) => object;

/** What is expected of a choice: the class of each port that it decides, or null if the port is not bound. */
interface Choice {
  readonly words: readonly string[];
  readonly bound: readonly (readonly [ServiceIdentifier, Class | null])[];
}

const settings: readonly Choice[] = [
  {
    words: [],
    bound: [
      [ConfigSource, FileConfigSource],
      [NodeLabels, AbsentNodeLabels],
    ],
  },
  {
    words: ['--node-labels-file=/labels'],
    bound: [
      [ConfigSource, FileConfigSource],
      [NodeLabels, FileNodeLabels],
    ],
  },
  {
    words: ['--config-source=kubernetes', '--config-map=ns/name', '--kubeconfig', kubeconfig],
    bound: [
      [ConfigSource, KubernetesConfigSource],
      [NodeLabels, KubernetesNodeLabels],
    ],
  },
  {
    words: [
      ...['--config-source=kubernetes', '--config-map=name', '--kubeconfig', kubeconfig],
      ...['--node-labels-file=/labels', '--state-dir', directory],
    ],
    bound: [
      [ConfigSource, KubernetesConfigSource],
      [NodeLabels, FileNodeLabels],
    ],
  },
];

const events: readonly Choice[] = [
  { words: [], bound: [[NodeEvents, null]] },
  { words: ['--node-events', '--kubeconfig', kubeconfig], bound: [[NodeEvents, null]] },
  {
    words: ['--node-events', '--node-name=n', '--kubeconfig', kubeconfig],
    bound: [[NodeEvents, KubernetesNodeEvents]],
  },
];

const cdi: readonly Choice[] = [
  { words: [], bound: [[CdiSpecStore, null]] },
  { words: ['--use-cdi'], bound: [[CdiSpecStore, FileCdiSpecStore]] },
];

const http: readonly Choice[] = [
  {
    words: [],
    bound: [
      [Observer, Observers],
      [StatusRecorder, null],
      [HttpEndpoint, null],
    ],
  },
  ...['--http-address=127.0.0.1:0', '--metrics-address=127.0.0.1:0', '--status-socket=/tmp/s'].map((word) => ({
    words: [word],
    bound: [
      [Observer, Observers],
      [StatusRecorder, StatusRecorder],
      [HttpEndpoint, HttpEndpoint],
    ] as const,
  })),
];

const discovery: readonly Choice[] = [
  {
    words: [],
    bound: [
      [HcaDiscovery, MeasuredDiscovery],
      [HcaChangeHints, SysfsChangeHints],
      [ExtraNodes, DevExtraNodes],
    ],
  },
  {
    words: ['--discovery=fake', '--fake-hcas=/hcas.yaml'],
    bound: [
      [HcaDiscovery, MeasuredDiscovery],
      [HcaChangeHints, FileFakeHcaDiscovery],
      [ExtraNodes, Object],
    ],
  },
  {
    words: ['--discovery-module=./a.mjs'],
    bound: [
      [HcaDiscovery, CombinedDiscovery],
      [HcaChangeHints, CombinedDiscovery],
      [ExtraNodes, DevExtraNodes],
    ],
  },
];

const registration: readonly Choice[] = ['auto', 'device-plugins', 'plugins-registry'].map((mode) => ({
  words: [`--registration=${mode}`],
  bound: [[ResourcePublisher, KubeletResourcePublisher]],
}));

/** What every combination binds. */
const always: Choice['bound'] = [
  [Clock, SystemClock],
  [Logger, RecordedLog],
  [Discovery, Object],
  [NetdevLinks, SysfsNetdevLinks],
  [PodResources, KubeletPodResources],
  [Daemon, Daemon],
];

const combinations = [events, cdi, http, discovery, registration].reduce<readonly Choice[]>(
  (choices, more) =>
    choices.flatMap((choice) =>
      more.map(({ words, bound }) => ({ words: [...choice.words, ...words], bound: [...choice.bound, ...bound] })),
    ),
  settings,
);

function commandOf(words: readonly string[]): Command {
  const parsed = parseArguments(words, {});
  if (parsed.kind === 'exit') throw new Error(parsed.text);
  return parsed.command;
}

function optionsOf(words: readonly string[]): RunOptions {
  const command = commandOf(words);
  if (command.name !== 'run') throw new Error(`the command is ${command.name}`);
  return command.options;
}

/** Returns the ports that are not bound as expected. */
function mismatches(container: Container, bound: Choice['bound']): readonly unknown[] {
  return bound.filter(([port, expected]) =>
    expected === null ? container.isBound(port) : !(container.get(port) instanceof expected),
  );
}

async function failureOf(...words: readonly string[]): Promise<unknown> {
  return await createContainer(optionsOf(words), new RecordedLog()).catch((error: unknown) => error);
}

describe('createContainer', () => {
  it('binds the adapters that the options select, in every combination', async () => {
    expect(combinations).toHaveLength(4 * 3 * 2 * 4 * 3 * 3);
    for (const { words, bound } of combinations) {
      const container = await createContainer(optionsOf(words), new RecordedLog());
      expect({ words, mismatches: mismatches(container, [...always, ...bound]) }).toEqual({ words, mismatches: [] });
    }
  });

  it('logs nothing and starts nothing', async () => {
    const log = new RecordedLog();
    (await createContainer(optionsOf(['--node-events']), log)).get(Daemon);
    expect(log.lines).toEqual([]);
  });

  it.each([
    ['/var/lib/kubelet/pod-resources/kubelet.sock', []],
    ['/none/kubelet.sock', ['--pod-resources-socket=/none/kubelet.sock']],
    ['/none/pod-resources/kubelet.sock', ['--kubelet-root-dir=/none']],
    ['/other.sock', ['--kubelet-root-dir=/none', '--pod-resources-socket=/other.sock']],
  ])('asks the kubelet for pods on %s, and does without if nothing listens, for %j', async (socket, words) => {
    const log = new RecordedLog();
    const container = await createContainer(optionsOf(words), log);
    expect(await container.get(PodResources).list(() => true)).toBeNull();
    expect(log.lines).toMatchObject([{ level: 'debug', fields: { socket } }]);
  });

  it.each([
    ['KUBERNETES_CONFIG_MAP_NOT_SET', ['--config-source=kubernetes', '--kubeconfig', kubeconfig]],
    ['KUBERNETES_CONFIG_MAP_NOT_SET', ['--config-source=kubernetes', '--kubeconfig', kubeconfig, '--config-map=A/b']],
    ['KUBERNETES_NOT_IN_CLUSTER', ['--config-source=kubernetes', '--config-map=name']],
    ['KUBERNETES_KUBECONFIG_UNUSABLE', ['--config-source=kubernetes', '--config-map=name', '--kubeconfig=/none']],
    ['FAKE_HCAS_NOT_SET', ['--discovery=fake']],
    ['METRICS_ADDRESS_INVALID', ['--metrics-address=nowhere']],
    ['METRICS_ADDRESS_INVALID', ['--http-address=9464']],
  ])('rejects with %s for %j', async (code, words) => {
    expect(await failureOf(...words)).toMatchObject({ problems: [{ code }] });
  });

  it.each([
    ['NODE_NAME_NOT_SET', ['--node-events']],
    ['NODE_NAME_NOT_SET', ['--node-events', '--kubeconfig', kubeconfig]],
    ['KUBERNETES_NOT_IN_CLUSTER', ['--node-events', '--node-name=n']],
    ['KUBERNETES_KUBECONFIG_UNUSABLE', ['--node-events', '--node-name=n', '--kubeconfig=/none']],
  ])('warns with %s at startup, and posts no Events, for %j', async (code, words) => {
    const log = new RecordedLog();
    const missing = ['--host-root=/none', '--device-plugins-dir=/none', '--plugins-registry-dir=/none'];
    const { daemon } = await createProgram(optionsOf([...words, ...missing, `--config-file=${directory}`]), log);
    await daemon.start().catch(() => {});
    await daemon.stop();
    expect(log.lines[0]).toMatchObject({ level: 'warning', fields: { code } });
  });
});

describe('createProgram', () => {
  it('serves HTTP only if the options ask for it', async () => {
    const program = async (...words: readonly string[]) => await createProgram(optionsOf(words), new RecordedLog());
    expect((await program()).http).toBeNull();
    expect((await program('--http-address=:0')).http).not.toBeNull();
  });
});

describe('createHcaDiscovery', () => {
  it.each(discovery)('creates what discover scans with for $words', async ({ words, bound }) => {
    const command = commandOf(['discover', ...words]);
    if (command.name !== 'discover') throw new Error(`the command is ${command.name}`);
    const expected = bound.find(([port]) => port === HcaDiscovery)?.[1] ?? null;
    expect(await createHcaDiscovery(command.discovery, new RecordedLog())).toBeInstanceOf(expected);
  });
});
