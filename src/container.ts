// SPDX-License-Identifier: Apache-2.0
import { Container } from 'inversify';
import { FileCdiSpecStore } from '#adapters/cdi/file-cdi-spec-store.ts';
import type { Invocation } from '#adapters/cli/parse-arguments.ts';
import type { FlagName } from '#adapters/cli/program-options.ts';
import { FileConfigSource } from '#adapters/config/file-config-source.ts';
import { LateConfigSource } from '#adapters/config/late-config-source.ts';
import { parseYaml } from '#adapters/config/parse-yaml.ts';
import { readSettings } from '#adapters/config/read-settings.ts';
import { type Discovery, discoveryAdapters, isDiscoveryName, withModules } from '#adapters/discovery/registry.ts';
import { watchDirectories } from '#adapters/host/directory-hints.ts';
import { HostRoot } from '#adapters/host/host-root.ts';
import { SysfsNetdevLinks } from '#adapters/host/sysfs-netdev-links.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { KubeletResourcePublisher } from '#adapters/kubelet/kubelet-resource-publisher.ts';
import type { RegistrationMode, RegistrationParts } from '#adapters/kubelet/registration-parts.ts';
import { StreamLogger, logFormats, logLevels } from '#adapters/log/stream-logger.ts';
import { Daemon } from '#app/daemon.ts';
import { tellProblem } from '#app/problem-report.ts';
import type { Problem } from '#domain/errors.ts';
import { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import { Clock } from '#ports/clock.ts';
import { ConfigSource } from '#ports/config-source.ts';
import { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { HcaDiscovery } from '#ports/hca-discovery.ts';
import { Logger } from '#ports/logger.ts';
import { NetdevLinks } from '#ports/netdev-links.ts';
import { ResourcePublisher } from '#ports/resource-publisher.ts';

/** Throws a ProblemError where the options cannot work. */
export function createProgram(invocation: Invocation): Program {
  const container = createContainer(invocation);
  const logger = container.get(Logger);
  return {
    logger,
    discovery: () => container.get(HcaDiscovery),
    daemon: () => container.get(Daemon),
    tell: (problem) => tellProblem(logger, 'error', problem),
  };
}

/** What main works with. A part is made when it is asked for. */
export interface Program {
  readonly logger: Logger;
  readonly discovery: () => HcaDiscovery;
  readonly daemon: () => Daemon;
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
  bindHost(container, invocation);
  bindKubelet(container, invocation);
  container.bind(ConfigSource).toResolvedValue((clock) => makeConfigSource(clock, invocation), [Clock]);
  container.bind(Daemon).toResolvedValue(
    (configSource, discovery, hints, publisher, cdiSpecs, links, clock, logger) =>
      new Daemon({ configSource, discovery, hints, publisher, cdiSpecs: cdiSpecs ?? null, links, clock, logger }),
    [ConfigSource, HcaDiscovery, HcaChangeHints, ResourcePublisher, optionalCdiSpecs, NetdevLinks, Clock, Logger],
  );
  return container;
}

/** Bound only when containers are to get their nodes by CDI. */
const optionalCdiSpecs = { optional: true, serviceIdentifier: CdiSpecStore } as const;

function makeLogger(invocation: Invocation): Logger {
  return new StreamLogger(process.stderr, {
    level: logLevels.find((level) => level === text(invocation, 'log-level')) ?? 'info',
    format: logFormats.find((format) => format === text(invocation, 'log-format')) ?? 'text',
  });
}

function makeConfigSource(clock: Clock, { texts }: Invocation): ConfigSource {
  if (texts.get('config-source') !== 'kubernetes') return new FileConfigSource({ path: texts.get('config-file') ?? '', clock });
  return new LateConfigSource(async () => {
    const { kubernetesSettings } = await import('#adapters/kubernetes/kubernetes-settings.ts');
    return await kubernetesSettings({
      configMap: texts.get('config-map') ?? null,
      key: texts.get('config-map-key') ?? null,
      kubeconfig: texts.get('kubeconfig') ?? null,
      stateDirectory: texts.get('state-dir') ?? null,
      environment: process.env,
      parseYaml,
      decode: readSettings,
      clock,
      random: Math.random,
    });
  });
}

function bindHost(container: Container, invocation: Invocation): void {
  let made: Discovery | null = null;
  const discovery = (clock: Clock): Discovery => (made ??= makeDiscovery(clock, invocation));
  container.bind(HcaDiscovery).toResolvedValue((clock) => discovery(clock).discovery, [Clock]);
  container.bind(HcaChangeHints).toResolvedValue((clock) => discovery(clock).hints, [Clock]);
  container.bind(NetdevLinks).toResolvedValue(() => new SysfsNetdevLinks(new HostRoot(text(invocation, 'host-root'))));
}

function makeDiscovery(clock: Clock, invocation: Invocation): Discovery {
  const word = text(invocation, 'discovery');
  const name = isDiscoveryName(word) ? word : 'sysfs';
  const hostRoot = text(invocation, 'host-root');
  const builtIn = discoveryAdapters[name]({
    hostRoot,
    clock,
    fakeHcasFile: invocation.texts.get('fake-hcas') ?? null,
    parseYaml,
  });
  return withModules(builtIn, invocation.texts.get('discovery-module') ?? null, { hostRoot, clock });
}

function bindKubelet(container: Container, invocation: Invocation): void {
  if (invocation.useCdi) {
    container.bind(CdiSpecStore).toResolvedValue(() => new FileCdiSpecStore(text(invocation, 'cdi-dir')));
  }
  container.bind(ResourcePublisher).toResolvedValue(
    (clock, logger, cdiSpecs) => new KubeletResourcePublisher(registrationParts(invocation, clock, logger), cdiSpecs ?? null),
    [Clock, Logger, optionalCdiSpecs],
  );
}

function registrationParts(invocation: Invocation, clock: Clock, logger: Logger): RegistrationParts {
  const directories = {
    devicePlugins: text(invocation, 'device-plugins-dir'),
    pluginsRegistry: text(invocation, 'plugins-registry-dir'),
  };
  return {
    clock,
    logger,
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
