// SPDX-License-Identifier: Apache-2.0
import { Container } from 'inversify';
import { FileCdiSpecStore } from '#adapters/cdi/file-cdi-spec-store.ts';
import type { DiscoveryOptions, RunOptions } from '#adapters/cli/command.ts';
import { Discovery, createDiscovery } from '#adapters/discovery/registry.ts';
import { HostRoot } from '#adapters/host/root.ts';
import { SysfsNetdevLinks } from '#adapters/host/sysfs-netdev-links.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { socketDirectories } from '#adapters/kubelet/registration/method.ts';
import { SharedWatch } from '#adapters/kubelet/sockets/shared-watch.ts';
import { kubeletDirectories } from '#adapters/kubelet/sockets/kubelet-directories.ts';
import { KubeletPodResources } from '#adapters/kubelet/pod-resources/client.ts';
import { KubeletResourcePublisher } from '#adapters/kubelet/resource-publisher.ts';
import type { KubernetesAdapters } from '#adapters/kubernetes/adapters.ts';
import { HttpEndpoint, type Serving } from '#adapters/http/endpoint.ts';
import { AbsentNodeLabels } from '#adapters/settings/absent-node-labels.ts';
import { parseYaml } from '#adapters/settings/document/parse-yaml.ts';
import { FileConfigSource } from '#adapters/settings/file/config-source.ts';
import { FileNodeLabels } from '#adapters/settings/file/node-labels.ts';
import { readSettings } from '#adapters/settings/read-settings.ts';
import { Daemon } from '#app/daemon.ts';
import { GrantJournal } from '#app/holders/grant-journal.ts';
import { statusReader } from '#app/status/node-status-reader.ts';
import { Observers } from '#app/status/observers.ts';
import { StatusRecorder } from '#app/status/recorder.ts';
import { type Problem, problemsOf } from '#domain/problem/problem.ts';
import { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import { Clock } from '#ports/clock.ts';
import { ConfigSource } from '#ports/config-source.ts';
import { ExtraNodes } from '#ports/extra-nodes.ts';
import { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { HcaDiscovery } from '#ports/hca-discovery.ts';
import { Logger } from '#ports/logger.ts';
import { Observer } from '#ports/observer.ts';
import { NetdevLinks } from '#ports/netdev-links.ts';
import { NodeEvents } from '#ports/node-events.ts';
import { NodeLabels } from '#ports/node-labels.ts';
import { PodResources } from '#ports/pod-resources.ts';
import { ResourcePublisher } from '#ports/resource-publisher.ts';
import { build } from './version.ts';

/** For ports that are bound only if the options ask for them. */
const optional = { optional: true } as const;

/** Binds what the command `run` needs. The ports are the keys. Nothing works before it is started. */
export async function createContainer(options: RunOptions, logger: Logger): Promise<Container> {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(Clock).toConstantValue(new SystemClock());
  container.bind(Logger).toConstantValue(logger);
  bindObserver(container, options.http);
  await bindDiscovery(container, options.discovery);
  await bindSettings(container, options);
  const warnings = await bindNodeEvents(container, options);
  bindPublisher(container, options);
  bindPodResources(container, options.podResourcesSocket);
  bindDaemon(container, options, warnings);
  return container;
}

function bindObserver(container: Container, { address, statusSocket }: RunOptions['http']): void {
  if (address === null && statusSocket === null) {
    container.bind(Observer).toConstantValue(new Observers([]));
    return;
  }
  const endpoint = new HttpEndpoint({ address, statusSocket, wallClock: Date.now, build });
  const recorder = new StatusRecorder(Date.now);
  container.bind(HttpEndpoint).toConstantValue(endpoint);
  container.bind(StatusRecorder).toConstantValue(recorder);
  container.bind(Observer).toConstantValue(new Observers([endpoint, recorder]));
}

async function bindDiscovery(container: Container, options: DiscoveryOptions): Promise<void> {
  const parts = {
    clock: container.get(Clock),
    observer: container.get(Observer),
    logger: container.get(Logger),
    parseYaml,
  };
  container.bind(Discovery).toConstantValue(await createDiscovery({ ...options, ...parts, modulePatienceMs: 0 }));
  container.bind(HcaDiscovery).toDynamicValue((context) => context.get(Discovery).discovery);
  container.bind(HcaChangeHints).toDynamicValue((context) => context.get(Discovery).hints);
  container.bind(ExtraNodes).toDynamicValue((context) => context.get(Discovery).extraNodes);
}

async function bindSettings(container: Container, options: RunOptions): Promise<void> {
  const { configSource, nodeLabels } = await createSettingsSources(options, container.get(Clock));
  container.bind(ConfigSource).toConstantValue(configSource);
  container.bind(NodeLabels).toConstantValue(nodeLabels);
}

/** What the settings of a node are read from. */
export interface SettingsSources {
  readonly configSource: ConfigSource;
  readonly nodeLabels: NodeLabels;
}

/** Rejects with a ProblemError if the options are not valid. */
export async function createSettingsSources(
  {
    settings,
    node,
    kubeconfig,
  }: Pick<RunOptions, 'settings' | 'kubeconfig'> & { readonly node: Pick<RunOptions['node'], 'name' | 'labelsFile'> },
  clock: Clock,
): Promise<SettingsSources> {
  const fileLabels = node.labelsFile === null ? null : new FileNodeLabels({ path: node.labelsFile, clock });
  if (settings.kind === 'file') {
    const configSource = new FileConfigSource({ path: settings.path, clock });
    return { configSource, nodeLabels: fileLabels ?? new AbsentNodeLabels() };
  }
  const { configMap, key, stateDirectory } = settings;
  const kubernetes = await loadKubernetes(clock, kubeconfig);
  const configSource = await kubernetes.configSource({ configMap, key, stateDirectory, decode: readSettings });
  const nodeLabels = fileLabels ?? (await kubernetes.nodeLabels({ nodeName: node.name, stateDirectory }));
  return { configSource, nodeLabels };
}

/** Returns why Events cannot be posted although the options ask for them. The program works without. */
async function bindNodeEvents(container: Container, { node, kubeconfig }: RunOptions): Promise<readonly Problem[]> {
  if (!node.postsEvents) return [];
  try {
    const kubernetes = await loadKubernetes(container.get(Clock), kubeconfig);
    const parts = { wallClock: Date.now, logger: container.get(Logger) };
    container.bind(NodeEvents).toConstantValue(await kubernetes.nodeEvents({ ...parts, node: node.name }));
    return [];
  } catch (error) {
    return problemsOf(error);
  }
}

async function loadKubernetes(clock: Clock, kubeconfig: string | null): Promise<KubernetesAdapters> {
  const { KubernetesAdapters: Adapters } = await import('#adapters/kubernetes/adapters.ts');
  return new Adapters({ kubeconfig, environment: process.env, parseYaml, clock, random: Math.random });
}

function bindPublisher(container: Container, { registration, cdiDirectory }: RunOptions): void {
  if (cdiDirectory !== null)
    container.bind(CdiSpecStore).toConstantValue(new FileCdiSpecStore(cdiDirectory, container.get(Clock)));
  const directories = kubeletDirectories(registration.places);
  const fixed = { mode: registration.mode, directories, random: Math.random, wallClock: Date.now };
  container.bind(GrantJournal).toDynamicValue((context) => new GrantJournal(context.get(Clock)));
  container.bind(ResourcePublisher).toDynamicValue((context) => {
    const parts = {
      ...fixed,
      clock: context.get(Clock),
      logger: context.get(Logger),
      observer: context.get(Observer),
      grants: context.get(GrantJournal),
    };
    const watching = { ...parts, watchDirectories: new SharedWatch(socketDirectories(directories), parts.clock).watch };
    return new KubeletResourcePublisher(watching, context.get(CdiSpecStore, optional) ?? null);
  });
}

function bindPodResources(container: Container, socket: string): void {
  container.bind(PodResources).toDynamicValue((context) => {
    return new KubeletPodResources({ socket, clock: context.get(Clock), logger: context.get(Logger) });
  });
}

function bindDaemon(container: Container, options: RunOptions, warnings: readonly Problem[]): void {
  const root = new HostRoot(options.discovery.hostRoot);
  container.bind(NetdevLinks).toConstantValue(new SysfsNetdevLinks(root));
  container
    .bind(Daemon)
    .toDynamicValue(
      (context) =>
        new Daemon({
          configSource: context.get(ConfigSource),
          nodeName: options.node.name,
          nodeLabels: context.get(NodeLabels),
          discovery: context.get(HcaDiscovery),
          hints: context.get(HcaChangeHints),
          extraNodes: context.get(ExtraNodes),
          publisher: context.get(ResourcePublisher),
          cdiSpecs: context.get(CdiSpecStore, optional) ?? null,
          links: context.get(NetdevLinks),
          nodeEvents: context.get(NodeEvents, optional) ?? null,
          clock: context.get(Clock),
          logger: context.get(Logger),
          observer: context.get(Observer),
          podResources: context.get(PodResources),
          grants: context.get(GrantJournal),
          warnings,
        }),
    );
}

/** Serves HTTP. */
export interface HttpService {
  start(): Promise<Serving>;
  stop(): Promise<void>;
}

/** Returns null unless the options ask for HTTP. */
export function httpServiceOf(container: Container, node: string | null): HttpService | null {
  if (!container.isBound(HttpEndpoint)) return null;
  const endpoint = container.get(HttpEndpoint);
  const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();
  const readStatus = statusReader({
    program: { version: build.version, commit: build.commit, pid: process.pid, node, startedAt },
    recorder: container.get(StatusRecorder),
    publisher: container.get(ResourcePublisher),
    podResources: container.get(PodResources),
    grants: container.get(GrantJournal),
    clockStartedAt: Date.now() - container.get(Clock).now(),
  });
  return { start: async () => await endpoint.start(readStatus), stop: async () => await endpoint.stop() };
}
