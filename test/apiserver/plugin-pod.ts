// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { looseObject, optional, parse, string } from 'valibot';
import { waitUntil } from '#adapters/fake-kubelet/time/wait-until.ts';
import { NodeFixture } from '../support/node-fixture.ts';
import { ProgramFixture, type Ended } from '../support/program-fixture.ts';
import { until } from '../support/processes.ts';
import { type RealCluster, namespace } from './real-cluster.ts';
import { ServiceAccountFiles } from './service-account-files.ts';
import { argumentsOf } from './shipped-access.ts';

const inPod = fileURLToPath(new URL('in-pod.sh', import.meta.url));
const resource = 'rdma/hca_shared';
/** After an outage, the pauses of the program grow up to 45 s. */
const livenessMs = 90_000;

const lineShape = looseObject({
  level: string(),
  message: string(),
  code: optional(string(), ''),
  remedy: optional(string(), ''),
});

export interface PodOptions {
  readonly token?: string;
  readonly ca?: string;
  /** The components of deploy/ whose arguments the program gets. */
  readonly components?: readonly string[];
}

/** The name of the Node in the environment of the pods. */
export const nodeName = 'node-1';

/**
 * The built program as in a pod of deploy/: with the arguments of the components and the files of its ServiceAccount,
 * on a node with a fake kubelet and one fake HCA.
 */
export class PluginPod {
  readonly files: ServiceAccountFiles;
  private readonly node = new NodeFixture();
  private program: ProgramFixture | null = null;

  private readonly componentArguments: readonly string[];
  private lastCount = 0;

  private constructor(
    private readonly cluster: RealCluster,
    { token = cluster.token(), ca = cluster.server.ca, components = ['kubernetes-settings'] }: PodOptions,
  ) {
    this.componentArguments = components.flatMap(argumentsOf).filter((word) => !word.startsWith('--state-dir='));
    this.files = new ServiceAccountFiles({ token, 'ca.crt': ca, namespace });
    writeFileSync(join(this.node.directory, 'hcas.yaml'), 'hcas: [{ name: mlx5_0 }]\n');
  }

  /** Creates a pod that is not started yet, on a node whose kubelet runs. */
  static async on(cluster: RealCluster, options: PodOptions = {}): Promise<PluginPod> {
    const pod = new PluginPod(cluster, options);
    await pod.node.kubelet.start();
    return pod;
  }

  /** Starts the program, with or without a directory for the last good settings. */
  start({ caches = true }: { caches?: boolean } = {}): void {
    const { hostname, port } = this.cluster.server.url;
    this.program = new ProgramFixture(
      this.argumentsFor(caches),
      {
        NODE_NAME: nodeName,
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
        RDMA_DP_REGISTRATION: 'device-plugins',
        RDMA_DP_LOG_FORMAT: 'json',
      },
      ['setpriv', '--pdeathsig', 'KILL', '--', 'unshare', '--mount', 'sh', inPod, this.files.directory],
    );
  }

  /** Waits until the kubelet has a list of so many healthy shares. Resolves to that time in ms. */
  async reach(shares: number): Promise<number> {
    let at = 0;
    const holds = async (): Promise<boolean> => {
      at = performance.now();
      return (await this.shares()) === shares;
    };
    await waitUntil(this.node.kubelet, this.node.clock, `${shares} shares`, livenessMs, holds).catch(
      (error: unknown) => {
        throw new Error(
          `${String(error)}; the kubelet has ${this.lastCount}; the log ends: ${this.program?.log.slice(-2000)}`,
        );
      },
    );
    return at;
  }

  async shares(): Promise<number> {
    this.lastCount = (await this.node.kubelet.devices(resource))?.healthy.length ?? 0;
    return this.lastCount;
  }

  /** Returns the lines of the log with that code or that message. */
  logLines(
    codeOrMessage: string,
  ): readonly { readonly level: string; readonly message: string; readonly remedy: string }[] {
    const lines = (this.program?.log ?? '')
      .split('\n')
      .slice(0, -1)
      .map((line) => parse(lineShape, JSON.parse(line)));
    return lines.filter(({ code, message }) => code === codeOrMessage || message === codeOrMessage);
  }

  /** Waits for a line of the log with that code or that message. Resolves to the newest one. */
  async logged(codeOrMessage: string): Promise<{ readonly message: string; readonly remedy: string }> {
    return await until(`${codeOrMessage} in the log`, () => this.logLines(codeOrMessage).at(-1) ?? null);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    if (this.program === null) throw new Error('the pod was not started');
    return await this.program.end(signal);
  }

  async close(): Promise<void> {
    await this.program?.end('SIGKILL');
    await this.node.close();
    this.files.close();
  }

  private argumentsFor(caches: boolean): readonly string[] {
    const { directory, directories } = this.node;
    return [
      ...this.componentArguments,
      ...(caches ? ['--state-dir', join(directory, 'state')] : []),
      ...['--discovery', 'fake', '--fake-hcas', join(directory, 'hcas.yaml')],
      ...['--device-plugins-dir', directories.devicePlugins, '--plugins-registry-dir', directories.pluginsRegistry],
    ];
  }
}
