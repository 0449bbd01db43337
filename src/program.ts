// SPDX-License-Identifier: Apache-2.0
import type {
  DoctorOptions,
  ExplainOptions,
  LogOptions,
  RunOptions,
  ShownDiscoveryOptions,
} from '#adapters/cli/command.ts';
import { kubeletDirectories } from '#adapters/kubelet/sockets/kubelet-directories.ts';
import { type Discovery, createDiscovery } from '#adapters/discovery/registry.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { StreamLogger } from '#adapters/log/stream-logger.ts';
import { parseYaml } from '#adapters/settings/document/parse-yaml.ts';
import { GivenNodeLabels } from '#adapters/settings/given-node-labels.ts';
import { Daemon } from '#app/daemon.ts';
import { Observers } from '#app/status/observers.ts';
import { NodeSettingsSource } from '#app/settings/node-settings-source.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { Logger } from '#ports/logger.ts';
import type { DoctorParts } from './commands/doctor.ts';
import type { ExplainedNode } from './commands/explain.ts';
import { type HttpService, createContainer, createSettingsSources, httpServiceOf } from './container.ts';

/** What the command `run` works with. */
export interface Program {
  readonly daemon: Daemon;
  /** Starts to serve HTTP; null unless the options ask for it. */
  readonly http: HttpService | null;
}

/** Rejects with a ProblemError if the options are not valid. */
export async function createProgram(options: RunOptions, logger: Logger): Promise<Program> {
  const container = await createContainer(options, logger);
  return { daemon: container.get(Daemon), http: httpServiceOf(container, options.node.name) };
}

/** How long a command that scans once waits for a module. */
const modulePatienceMs = 10_000;

/** Creates what the command `discover` scans with. Rejects with a ProblemError if the options are not valid. */
export async function createHcaDiscovery(options: ShownDiscoveryOptions, logger: Logger): Promise<HcaDiscovery> {
  return (await createOnce(options, logger)).discovery;
}

/** Creates what the command `explain` reads. Rejects with a ProblemError if the options are not valid. */
export async function createExplainParts(options: ExplainOptions, logger: Logger): Promise<ExplainedNode> {
  const { node, useCdi } = options;
  const { configSource, nodeLabels } = await createSettingsSources(options, new SystemClock());
  const { discovery, extraNodes } = await createOnce(options.discovery, logger);
  return {
    settings: new NodeSettingsSource({
      configSource,
      nodeName: node.name,
      nodeLabels: node.labels.length > 0 ? new GivenNodeLabels(node.labels) : nodeLabels,
    }),
    discovery,
    extraNodes,
    injection: useCdi ? 'cdi' : 'device-nodes',
  };
}

/** Creates what the command `doctor` looks at. Rejects with a ProblemError if the options are not valid. */
export async function createDoctorParts(options: DoctorOptions, logger: Logger): Promise<DoctorParts> {
  const { places, podResourcesSocket, cdiDirectory } = options;
  const node = await createExplainParts(options, logger);
  return {
    ...node,
    directories: kubeletDirectories(places),
    podResourcesSocket,
    cdiDirectory,
    hostRoot: options.discovery.hostRoot,
  };
}

async function createOnce(options: ShownDiscoveryOptions, logger: Logger): Promise<Discovery> {
  const hostRoot = options.captureFile === null ? options.hostRoot : await unpacked(options.captureFile);
  const parts = { clock: new SystemClock(), observer: new Observers([]), parseYaml, logger, modulePatienceMs };
  return await createDiscovery({ ...options, ...parts, hostRoot });
}

/** Resolves to the root of a captured host, which is removed when the program ends. */
async function unpacked(captureFile: string): Promise<string> {
  const { openCapture } = await import('./commands/files/capture.ts');
  const host = openCapture(captureFile);
  process.on('exit', () => host.remove());
  return host.root;
}

export function createLogger(options: LogOptions): Logger {
  return new StreamLogger(process.stderr, options);
}
