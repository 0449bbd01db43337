// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnrecoverableError, isAlive, onlyChildOf, until } from '../support/processes.ts';
import { buildImage, imageName } from './image.ts';

const enterNamespaces = fileURLToPath(new URL('enter-namespaces.sh', import.meta.url));

/**
 * A node for a real kubelet: containerd in mount and PID namespaces of its own, with all files in one temporary
 * directory. When `close` is called, or this process dies, the kernel kills all processes in the namespaces, including
 * containers.
 */
export class RealNode {
  readonly directory = mkdtempSync(join(tmpdir(), 'rdma-kubelet-'));
  readonly devicePlugins = join(this.directory, 'kubelet/device-plugins');
  readonly pluginsRegistry = join(this.directory, 'kubelet/plugins_registry');
  readonly podResources = join(this.directory, 'kubelet/pod-resources/kubelet.sock');
  readonly staticPods = join(this.directory, 'pods');
  readonly podLogs = join(this.directory, 'logs');
  readonly cdi = join(this.directory, 'cdi');
  readonly containerdSocket = join(this.directory, 'containerd.sock');
  private containerd: ChildProcess | null = null;

  /**
   * `binaries` is the directory of containerd, its shim and ctr. `deviceNodes` are names of nodes in `/dev/infiniband`.
   */
  constructor(
    private readonly binaries: string,
    private readonly deviceNodes: readonly string[],
  ) {}

  async start(): Promise<void> {
    for (const path of [this.devicePlugins, this.pluginsRegistry, this.staticPods, this.podLogs, this.cdi])
      mkdirSync(path, { recursive: true });
    writeFileSync(join(this.directory, 'containerd.toml'), this.settings());
    const words = [
      'unshare',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      enterNamespaces,
      this.directory,
      join(this.binaries, 'containerd'),
    ];
    this.containerd = this.spawn([...words, ...this.deviceNodes], 'containerd.log', {
      PATH: `${this.binaries}:${process.env['PATH'] ?? ''}`,
    });
    await until('containerd responds', () => {
      if (this.containerd === null || !isAlive(this.containerd))
        throw new UnrecoverableError(`containerd exited: ${this.log('containerd.log').slice(-2000)}`);
      return this.ctr('version');
    });
    buildImage(this.directory);
    this.ctr('images', 'import', join(this.directory, 'image.tar'));
  }

  /** Runs a program in the namespaces of containerd. Returns its parent process. */
  spawnInside(words: readonly string[], log: string): ChildProcess {
    const inside = `/proc/${this.firstProcess()}/ns`;
    return this.spawn(['nsenter', `--mount=${inside}/mnt`, `--pid=${inside}/pid`, '--', ...words], log, {});
  }

  /** Returns the number of containers of pods. */
  containers(): number {
    return this.ctr('containers', 'ls', '-q')
      .split('\n')
      .filter((line) => line !== '').length;
  }

  log(name: string): string {
    return readFileSync(join(this.directory, name), 'utf8');
  }

  async close(): Promise<void> {
    if (this.containerd !== null && isAlive(this.containerd)) {
      const first = this.firstProcess();
      this.containerd.kill('SIGKILL');
      await until('the namespaces are empty', () => !processExists(first));
    }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  private firstProcess(): number {
    const pid = this.containerd === null ? null : onlyChildOf(this.containerd);
    if (pid === null) throw new Error(`containerd is not running: ${this.log('containerd.log')}`);
    return pid;
  }

  /** Starts a process that the kernel kills when this one dies. */
  private spawn(words: readonly string[], log: string, env: Readonly<Record<string, string>>): ChildProcess {
    const output = openSync(join(this.directory, log), 'a');
    try {
      return spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...words], {
        stdio: ['ignore', output, output],
        env: { ...process.env, ...env },
      });
    } finally {
      closeSync(output);
    }
  }

  private ctr(...words: readonly string[]): string {
    return execFileSync(join(this.binaries, 'ctr'), ['-a', this.containerdSocket, '-n', 'k8s.io', ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  /**
   * Returns the configuration of containerd. restrict_oom_score_adj is for CI: its containers lack CAP_SYS_RESOURCE,
   * which is necessary to lower an OOM score.
   */
  private settings(): string {
    const { directory } = this;
    return `version = 2
root = "${directory}/containerd/root"
state = "${directory}/containerd/state"
[grpc]
  address = "${this.containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${imageName}"
  restrict_oom_score_adj = true
  enable_cdi = true
  cdi_spec_dirs = ["${this.cdi}"]
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
  }
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
