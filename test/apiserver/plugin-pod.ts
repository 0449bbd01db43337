// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { looseObject, optional, parse, string } from 'valibot';
import { waitUntil } from '#adapters/fake-kubelet/time/wait-until.ts';
import { NodeFixture } from '../support/node-fixture.ts';
import { AProgram, type Ended } from '../support/program-fixture.ts';
import { until } from '../support/processes.ts';
import { type RealCluster, namespace } from './real-cluster.ts';
import { ServiceAccountFiles } from './service-account-files.ts';
import { argumentsOf } from './shipped-access.ts';

const inPod = fileURLToPath(new URL('in-pod.sh', import.meta.url));
const resource = 'rdma/hca_shared';
/** A bound on hanging: after an outage the program's pauses grow up to 45 s. */
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
  /** Components of deploy/ whose arguments the program gets. */
  readonly components?: readonly string[];
}

/** The Node that the pods are on, as their environment says. */
export const nodeName = 'node-1';

/**
 * The built program as a pod of deploy/ has it: started with the arguments of the component, with the files of its ServiceAccount where
 * it looks for them, on a node of a fake kubelet and one fake HCA.
 */
export class PluginPod {
  readonly files: ServiceAccountFiles;
  private readonly node = new NodeFixture();
  private program: AProgram | null = null;

  private readonly shipped: readonly string[];
  private lastCount = 0;

  private constructor(
    private readonly cluster: RealCluster,
    { token = cluster.token(), ca = cluster.server.ca, components = ['kubernetes-settings'] }: PodOptions,
  ) {
    this.shipped = components.flatMap(argumentsOf).filter((word) => !word.startsWith('--state-dir='));
    this.files = new ServiceAccountFiles({ token, 'ca.crt': ca, namespace });
    writeFileSync(join(this.node.directory, 'hcas.yaml'), 'hcas: [{ name: mlx5_0 }]\n');
  }

  /** A pod that is not started yet, on a node whose kubelet runs. */
  static async on(cluster: RealCluster, options: PodOptions = {}): Promise<PluginPod> {
    const pod = new PluginPod(cluster, options);
    await pod.node.kubelet.start();
    return pod;
  }

  /** Starts the program, with or without a directory for the last good settings. */
  start({ keeps = true }: { keeps?: boolean } = {}): void {
    const { hostname, port } = this.cluster.server.url;
    this.program = new AProgram(
      this.words(keeps),
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

  /** Waits till the kubelet has a list of so many healthy shares; resolves to the time of it in ms. */
  async reach(shares: number): Promise<number> {
    let at = 0;
    const holds = async (): Promise<boolean> => {
      at = performance.now();
      return (await this.shares()) === shares;
    };
    await waitUntil(this.node.kubelet, this.node.clock, `${shares} shares`, livenessMs, holds).catch(
      (error: unknown) => {
        throw new Error(
          `${String(error)}; there are ${this.lastCount}; the log ends: ${this.program?.log.slice(-2000)}`,
        );
      },
    );
    return at;
  }

  async shares(): Promise<number> {
    this.lastCount = (await this.node.kubelet.devices(resource))?.healthy.length ?? 0;
    return this.lastCount;
  }

  /** The lines of the log with that code, or, without one, with that message. */
  told(what: string): readonly { readonly level: string; readonly message: string; readonly remedy: string }[] {
    const lines = (this.program?.log ?? '')
      .split('\n')
      .slice(0, -1)
      .map((line) => parse(lineShape, JSON.parse(line)));
    return lines.filter(({ code, message }) => code === what || message === what);
  }

  /** Waits till that is told; resolves to the newest line of it. */
  async tells(what: string): Promise<{ readonly message: string; readonly remedy: string }> {
    return await until(`it tells ${what}`, () => this.told(what).at(-1) ?? null);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    if (this.program === null) throw new Error('it was not started');
    return await this.program.end(signal);
  }

  async close(): Promise<void> {
    await this.program?.end('SIGKILL');
    await this.node.close();
    this.files.close();
  }

  private words(keeps: boolean): readonly string[] {
    const { directory, directories } = this.node;
    return [
      ...this.shipped,
      ...(keeps ? ['--state-dir', join(directory, 'state')] : []),
      ...['--discovery', 'fake', '--fake-hcas', join(directory, 'hcas.yaml')],
      ...['--device-plugins-dir', directories.devicePlugins, '--plugins-registry-dir', directories.pluginsRegistry],
    ];
  }
}
