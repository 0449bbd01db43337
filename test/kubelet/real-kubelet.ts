// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acceptsConnections } from '#adapters/kubelet/sockets/socket-probe.ts';
import { freePort } from '../support/free-port.ts';
import { UnrecoverableError, ended, isAlive, onlyChildOf, until } from '../support/processes.ts';
import { PodResources } from './pod-resources.ts';
import { directoryOfKubelet } from './programs.mjs';
import type { RealNode } from './real-node.ts';
import { type PodStatus, podStatuses } from './pod-status.ts';

/** A stock kubelet on a node of its own. It has no API server, and therefore only static pods. */
export class RealKubelet {
  readonly resources: PodResources;
  private process: ChildProcess | null = null;
  private address = '';

  constructor(readonly node: RealNode) {
    this.resources = new PodResources(node.podResources);
  }

  /** Starts the kubelet. Resolves when kubelet.sock accepts connections, to the time of that in milliseconds. */
  async start(version: string): Promise<number> {
    if (this.process !== null && isAlive(this.process)) throw new Error('the kubelet is already running');
    await this.configure();
    const { directory } = this.node;
    const words = [
      join(directoryOfKubelet(version), 'kubelet'),
      `--config=${directory}/kubelet.yaml`,
      `--root-dir=${directory}/kubelet`,
    ];
    const child = this.node.spawnInside(
      [...words, `--cert-dir=${directory}/pki`, '--hostname-override=node', '--v=4'],
      'kubelet.log',
    );
    this.process = child;
    return until(
      `kubelet ${version} accepts connections`,
      async () => {
        if (!isAlive(child))
          throw new UnrecoverableError(`the kubelet exited: ${this.node.log('kubelet.log').slice(-2000)}`);
        return (await acceptsConnections(join(this.node.devicePlugins, 'kubelet.sock'))) && performance.now();
      },
      2,
    );
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.process === null || !isAlive(this.process)) return;
    const pid = onlyChildOf(this.process);
    if (pid !== null) process.kill(pid, signal);
    await ended(this.process);
  }

  /** Returns the statuses of the pods, according to the kubelet. */
  async pods(): Promise<readonly PodStatus[]> {
    const answer = await fetch(`${this.address}/pods`);
    return podStatuses(await answer.json());
  }

  private async configure(): Promise<void> {
    const port = await freePort();
    const readOnlyPort = await freePort();
    this.address = `http://127.0.0.1:${readOnlyPort}`;
    const { directory } = this.node;
    // No cgroups for pods and no evictions, because the tests are not about CPU, memory or disks.
    const settings = {
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      address: '127.0.0.1',
      port,
      readOnlyPort,
      healthzPort: 0,
      authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
      authorization: { mode: 'AlwaysAllow' },
      containerRuntimeEndpoint: `unix://${this.node.containerdSocket}`,
      staticPodPath: this.node.staticPods,
      podLogsDir: this.node.podLogs,
      volumePluginDir: join(directory, 'volume-plugins'),
      resolvConf: '',
      cgroupDriver: 'cgroupfs',
      cgroupsPerQOS: false,
      enforceNodeAllocatable: [],
      failCgroupV1: false,
      failSwapOn: false,
      makeIPTablesUtilChains: false,
      oomScoreAdj: 0,
      localStorageCapacityIsolation: false,
      evictionHard: { 'memory.available': '1Mi', 'nodefs.available': '0%', 'imagefs.available': '0%' },
      imageGCHighThresholdPercent: 100,
    };
    writeFileSync(join(directory, 'kubelet.yaml'), JSON.stringify(settings));
  }
}
