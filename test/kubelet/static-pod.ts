// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nonEmpty, until } from '../support/processes.ts';
import { imageName } from './image.ts';
import type { RealKubelet } from './real-kubelet.ts';
import type { PodStatus } from './pod-status.ts';

/** What a container got. */
export interface ContainerView {
  /** The ids of its shares, according to PodResources. */
  readonly ids: readonly string[];
  /** The environment that it printed when it started. */
  readonly env: Readonly<Record<string, string>>;
  /** The names of the nodes in `/dev/infiniband` that it could open for writing, sorted. */
  readonly nodes: readonly string[];
}

const script = `env | while read -r line; do echo "env $line"; done
for node in /dev/infiniband/*; do (echo x >"$node") 2>/dev/null && [ -c "$node" ] && echo "node \${node##*/}"; done
echo started
sleep infinity`;

/** Tells the processes of containers apart. */
const podVariable = 'POD_OF_TEST';

/** A static pod with one container that requests shares of one resource. */
export class StaticPod {
  /** The kubelet appends the name of the node to that of a static pod. */
  readonly fullName: string;
  private readonly file: string;

  constructor(
    private readonly kubelet: RealKubelet,
    readonly name: string,
    private readonly resource: string,
    private readonly shares: number,
  ) {
    this.fullName = `${name}-node`;
    this.file = join(kubelet.node.staticPods, `${name}.json`);
  }

  /** Writes the manifest. Renames it into place, because the kubelet reads a file as soon as it exists. */
  create(): void {
    const draft = join(this.kubelet.node.directory, `${this.name}.draft`);
    writeFileSync(draft, JSON.stringify(this.manifest()));
    renameSync(draft, this.file);
  }

  /** Creates the pod. Resolves when its container runs, and rejects if it does not run within a minute. */
  async run(): Promise<ContainerView> {
    this.create();
    const lines = await until(`pod ${this.name} runs`, () => this.output());
    const ids = await until(`PodResources lists pod ${this.name}`, async () => nonEmpty(await this.held()));
    const env = Object.fromEntries(
      withoutPrefix('env ', lines).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    return { ids, env, nodes: withoutPrefix('node ', lines).toSorted() };
  }

  /** Creates the pod. Resolves to its status when it has failed. */
  async refusal(): Promise<PodStatus> {
    this.create();
    return until(`pod ${this.name} fails`, async () => (await this.status())?.phase === 'Failed' && this.status());
  }

  /** Returns the ids of the shares that the pod holds, sorted. */
  held(): Promise<readonly string[]> {
    return this.kubelet.resources.heldBy(this.fullName, 'main', this.resource);
  }

  async status(): Promise<PodStatus | null> {
    return (await this.kubelet.pods()).find(({ name }) => name === this.fullName) ?? null;
  }

  /** Returns how often the container was started. */
  starts(): number {
    return this.logs().filter((line) => line === 'started').length;
  }

  /** Kills the processes of the container. */
  kill(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      if (isProcessOf(pid, this.name)) process.kill(Number(pid), 'SIGKILL');
  }

  /** The nodes that the container could open for writing when it was started last. */
  nodesOfLastStart(): readonly string[] {
    const lines = this.logs();
    const before = lines.slice(0, lines.lastIndexOf('started')).lastIndexOf('started');
    return withoutPrefix('node ', lines.slice(before + 1)).toSorted();
  }

  async remove(): Promise<void> {
    rmSync(this.file, { force: true });
    await until(`pod ${this.name} is removed`, async () => (await this.status()) === null);
  }

  private output(): readonly string[] | null {
    const lines = this.logs();
    return lines.includes('started') ? lines : null;
  }

  private logs(): readonly string[] {
    const { podLogs } = this.kubelet.node;
    const directories = readdirSync(podLogs)
      .filter((name) => name.startsWith(`default_${this.fullName}_`))
      .map((name) => join(podLogs, name, 'main'));
    const files = directories
      .filter((directory) => existsSync(directory))
      .flatMap((directory) => readdirSync(directory).map((name) => join(directory, name)));
    return files
      .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
      .map((line) => line.split(' ').slice(3).join(' '));
  }

  /**
   * Returns the manifest. A fixed UID, because the default depends on the version of the kubelet. With the host's
   * network, the pod needs no CNI plugin.
   */
  private manifest(): object {
    const limits = { [this.resource]: String(this.shares) };
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: this.name, namespace: 'default', uid: uidOf(this.name) },
      spec: {
        hostNetwork: true,
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'main',
            image: imageName,
            imagePullPolicy: 'Never',
            command: ['sh', '-c', script],
            env: [{ name: podVariable, value: this.name }],
            resources: { limits },
          },
        ],
      },
    };
  }
}

function uidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

function withoutPrefix(prefix: string, lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}

function isProcessOf(pid: string, pod: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${podVariable}=${pod}`);
  } catch {
    // The process has ended.
    return false;
  }
}
