// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { Container } from 'inversify';
import { FileCdiSpecStore } from '#adapters/cdi/file-cdi-spec-store.ts';
import type { Invocation } from '#adapters/cli/parse-arguments.ts';
import type { FlagName } from '#adapters/cli/program-options.ts';
import { AbsentNodeLabels } from '#adapters/settings/absent-node-labels.ts';
import { FileConfigSource } from '#adapters/settings/file/config-source.ts';
import { FileNodeLabels } from '#adapters/settings/file/node-labels.ts';
import { LateConfigSource } from '#adapters/settings/late-config-source.ts';
import { LateNodeLabels } from '#adapters/settings/late-node-labels.ts';
import { parseYaml } from '#adapters/settings/document/parse-yaml.ts';
import { readSettings } from '#adapters/settings/read-settings.ts';
import type { Measuring } from '#adapters/discovery/measured-discovery.ts';
import { type Discovery, isDiscoveryName, measuredDiscovery, withModules } from '#adapters/discovery/registry.ts';
import { watchDirectories } from '#adapters/host/directory-hints.ts';
import { HostRoot } from '#adapters/host/host-root.ts';
import { SysfsNetdevLinks } from '#adapters/host/sysfs-netdev-links.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { KubeletResourcePublisher } from '#adapters/kubelet/kubelet-resource-publisher.ts';
import type { RegistrationMode, RegistrationParts } from '#adapters/kubelet/registration/registration-parts.ts';
import { nodeNameNotSetForEvents } from '#adapters/kubernetes/node/problems.ts';
import type { KubernetesOptions } from '#adapters/kubernetes/kubernetes-adapters.ts';
import { LateNodeEvents } from '#adapters/kubernetes/node/late-events.ts';
import { StreamLogger, logFormats, logLevels } from '#adapters/log/stream-logger.ts';
import { MetricsEndpoint } from '#adapters/metrics/endpoint.ts';
import { NullMetrics } from '#adapters/metrics/null-metrics.ts';
import { Daemon } from '#app/daemon.ts';
import { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import { Clock } from '#ports/clock.ts';
import { ConfigSource } from '#ports/config-source.ts';
import { ExtraNodes } from '#ports/extra-nodes.ts';
import { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { HcaDiscovery } from '#ports/hca-discovery.ts';
import { Logger, logProblem } from '#ports/logger.ts';
import { Metrics } from '#ports/metrics.ts';
import { NetdevLinks } from '#ports/netdev-links.ts';
import { NodeEvents } from '#ports/node-events.ts';
import { NodeLabels } from '#ports/node-labels.ts';
import { ResourcePublisher } from '#ports/resource-publisher.ts';

/** Throws a ProblemError where the options cannot work. */
export function createProgram(invocation: Invocation): Program {
  const container = createContainer(invocation);
  const logger = container.get(Logger);
  return {
    logger,
    discovery: () => container.get(HcaDiscovery),
    daemon: () => container.get(Daemon),
    metricsEndpoint: container.isBound(MetricsEndpoint) ? container.get(MetricsEndpoint) : null,
    tell: (problem) => logProblem(logger, 'error', problem),
  };
}

/** What main works with. A part is made when it is asked for. */
export interface Program {
  readonly logger: Logger;
  readonly discovery: () => HcaDiscovery;
  readonly daemon: () => Daemon;
  /** Null unless metrics are to be served. */
  readonly metricsEndpoint: MetricsEndpoint | null;
  readonly tell: (problem: Problem) => void;
}

/**
 * Binds the whole graph for an invocation. Ports are their own keys, factories make every object, and nothing works
 * before it is started.
 */
export function createContainer(invocation: Invocation): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(Clock).toConstantValue(new SystemClock());
  container.bind(Logger).toResolvedValue(() => makeLogger(invocation));
  bindMetrics(container, invocation);
  bindHost(container, invocation);
  bindKubelet(container, invocation);
  if (invocation.nodeEvents) bindNodeEvents(container, invocation);
  container.bind(ConfigSource).toResolvedValue((clock) => makeConfigSource(clock, invocation), [Clock]);
  container.bind(NodeLabels).toResolvedValue((clock) => makeNodeLabels(clock, invocation), [Clock]);
  container
    .bind(Daemon)
    .toResolvedValue(
      (
        configSource,
        nodeLabels,
        discovery,
        hints,
        extraNodes,
        publisher,
        cdiSpecs,
        links,
        nodeEvents,
        clock,
        logger,
        metrics,
      ) =>
        new Daemon({
          configSource,
          nodeName: optional(invocation, 'node-name'),
          nodeLabels,
          discovery,
          hints,
          extraNodes,
          publisher,
          cdiSpecs: cdiSpecs ?? null,
          links,
          nodeEvents: nodeEvents ?? null,
          clock,
          logger,
          metrics,
        }),
      [
        ConfigSource,
        NodeLabels,
        HcaDiscovery,
        HcaChangeHints,
        ExtraNodes,
        ResourcePublisher,
        optionalCdiSpecs,
        NetdevLinks,
        optionalNodeEvents,
        Clock,
        Logger,
        Metrics,
      ],
    );
  return container;
}

/** Bound only when containers are to get their nodes by CDI. */
const optionalCdiSpecs = { optional: true, serviceIdentifier: CdiSpecStore } as const;

/** Bound only when the cluster is to be told of this node, and it has a name there. */
const optionalNodeEvents = { optional: true, serviceIdentifier: NodeEvents } as const;

function bindNodeEvents(container: Container, invocation: Invocation): void {
  const node = text(invocation, 'node-name');
  if (node === '') return logProblem(container.get(Logger), 'warning', nodeNameNotSetForEvents);
  container.bind(NodeEvents).toResolvedValue(
    (clock, logger) =>
      new LateNodeEvents(async () => {
        const { kubernetesNodeEvents } = await import('#adapters/kubernetes/kubernetes-adapters.ts');
        return await kubernetesNodeEvents({
          ...kubernetesOptions(clock, invocation),
          node,
          wallClock: Date.now,
          logger,
        });
      }, logger),
    [Clock, Logger],
  );
}

function makeLogger(invocation: Invocation): Logger {
  return new StreamLogger(process.stderr, {
    level: logLevels.find((level) => level === text(invocation, 'log-level')) ?? 'info',
    format: logFormats.find((format) => format === text(invocation, 'log-format')) ?? 'text',
  });
}

function bindMetrics(container: Container, invocation: Invocation): void {
  const address = text(invocation, 'metrics-address');
  if (address === '' || invocation.command !== 'run') {
    container.bind(Metrics).toConstantValue(new NullMetrics());
    return;
  }
  container.bind(MetricsEndpoint).toResolvedValue(() => new MetricsEndpoint(address));
  container.bind(Metrics).toResolvedValue((endpoint) => endpoint, [MetricsEndpoint]);
}

function makeConfigSource(clock: Clock, invocation: Invocation): ConfigSource {
  if (text(invocation, 'config-source') !== 'kubernetes')
    return new FileConfigSource({ path: text(invocation, 'config-file'), clock });
  return new LateConfigSource(async () => {
    const { kubernetesSettings } = await import('#adapters/kubernetes/kubernetes-adapters.ts');
    return await kubernetesSettings({
      ...kubernetesOptions(clock, invocation),
      configMap: optional(invocation, 'config-map'),
      key: optional(invocation, 'config-map-key'),
      decode: readSettings,
    });
  });
}

/** A file that was named goes before what the API would say. */
function makeNodeLabels(clock: Clock, invocation: Invocation): NodeLabels {
  const path = optional(invocation, 'node-labels-file');
  if (path !== null) return new FileNodeLabels({ path, clock });
  if (text(invocation, 'config-source') !== 'kubernetes') return new AbsentNodeLabels();
  return new LateNodeLabels(async () => {
    const { kubernetesNodeLabels } = await import('#adapters/kubernetes/kubernetes-adapters.ts');
    return await kubernetesNodeLabels({
      ...kubernetesOptions(clock, invocation),
      nodeName: optional(invocation, 'node-name'),
    });
  });
}

function kubernetesOptions(clock: Clock, invocation: Invocation): KubernetesOptions {
  const stateDirectory = optional(invocation, 'state-dir');
  return {
    kubeconfig: optional(invocation, 'kubeconfig'),
    stateDirectory,
    environment: process.env,
    parseYaml,
    clock,
    random: Math.random,
  };
}

function bindHost(container: Container, invocation: Invocation): void {
  let made: Discovery | null = null;
  const discovery = (clock: Clock, metrics: Metrics): Discovery =>
    (made ??= makeDiscovery({ clock, metrics }, invocation));
  container
    .bind(HcaDiscovery)
    .toResolvedValue((clock, metrics) => discovery(clock, metrics).discovery, [Clock, Metrics]);
  container.bind(HcaChangeHints).toResolvedValue((clock, metrics) => discovery(clock, metrics).hints, [Clock, Metrics]);
  container
    .bind(ExtraNodes)
    .toResolvedValue((clock, metrics) => discovery(clock, metrics).extraNodes, [Clock, Metrics]);
  container.bind(NetdevLinks).toResolvedValue(() => new SysfsNetdevLinks(new HostRoot(text(invocation, 'host-root'))));
}

function makeDiscovery(measuring: Measuring, invocation: Invocation): Discovery {
  const word = text(invocation, 'discovery');
  const name = isDiscoveryName(word) ? word : 'sysfs';
  const hostRoot = text(invocation, 'host-root');
  const builtIn = measuredDiscovery(
    name,
    { hostRoot, clock: measuring.clock, fakeHcasFile: optional(invocation, 'fake-hcas'), parseYaml },
    measuring,
  );
  return withModules(builtIn, optional(invocation, 'discovery-module'), { hostRoot, ...measuring });
}

function bindKubelet(container: Container, invocation: Invocation): void {
  if (invocation.useCdi) {
    container.bind(CdiSpecStore).toResolvedValue(() => new FileCdiSpecStore(text(invocation, 'cdi-dir')));
  }
  container
    .bind(ResourcePublisher)
    .toResolvedValue(
      (clock, logger, metrics, cdiSpecs) =>
        new KubeletResourcePublisher(registrationParts(invocation, { clock, logger, metrics }), cdiSpecs ?? null),
      [Clock, Logger, Metrics, optionalCdiSpecs],
    );
}

function registrationParts(
  invocation: Invocation,
  parts: Pick<RegistrationParts, 'clock' | 'logger' | 'metrics'>,
): RegistrationParts {
  const directories = {
    devicePlugins: text(invocation, 'device-plugins-dir'),
    pluginsRegistry: text(invocation, 'plugins-registry-dir'),
  };
  return {
    ...parts,
    random: Math.random,
    wallClock: Date.now,
    directories,
    mode: registrationMode(text(invocation, 'registration')),
    watchDirectories: watchDirectories([directories.devicePlugins, directories.pluginsRegistry]),
  };
}

function registrationMode(word: string): RegistrationMode {
  return word === 'device-plugins' || word === 'plugins-registry' ? word : 'auto';
}

function text(invocation: Invocation, name: FlagName): string {
  return invocation.texts.get(name) ?? '';
}

function optional(invocation: Invocation, name: FlagName): string | null {
  return invocation.texts.get(name) ?? null;
}
