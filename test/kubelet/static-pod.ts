// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nonEmpty, until } from '../support/processes.ts';
import { imageName } from './image.ts';
import type { RealKubelet } from './real-kubelet.ts';
import type { PodStatus } from './pod-status.ts';

/** What a container saw when it started. `ids` are by PodResources, the rest by itself. */
export interface SeenInside {
  readonly ids: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Names in `/dev/infiniband`, sorted, that it could open for writing. */
  readonly nodes: readonly string[];
}

const script = `env | while read -r line; do echo "env $line"; done
for node in /dev/infiniband/*; do (echo x >"$node") 2>/dev/null && [ -c "$node" ] && echo "node \${node##*/}"; done
echo started
sleep infinity`;

/** A pod of one container that asks for shares of one resource. */
export class StaticPod {
  /** A static pod's name ends with that of its node. */
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

  /** Renamed into place, because the kubelet reads a file as soon as it is there. */
  create(): void {
    const draft = join(this.kubelet.node.directory, `${this.name}.draft`);
    writeFileSync(draft, JSON.stringify(this.manifest()));
    renameSync(draft, this.file);
  }

  /** Resolves when the container runs. Rejects when the pod is refused. */
  async run(): Promise<SeenInside> {
    this.create();
    const lines = await until(`pod ${this.name} runs`, () => this.output());
    const ids = await until(`pod ${this.name} is on record`, async () => nonEmpty(await this.held()));
    const env = Object.fromEntries(
      after('env ', lines).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    return { ids, env, nodes: after('node ', lines).toSorted() };
  }

  /** Resolves to the status of the pod once it has failed. */
  async refusal(): Promise<PodStatus> {
    this.create();
    return until(`pod ${this.name} fails`, async () => (await this.status())?.phase === 'Failed' && this.status());
  }

  held(): Promise<readonly string[]> {
    return this.kubelet.resources.heldBy(this.fullName, 'main', this.resource);
  }

  async status(): Promise<PodStatus | null> {
    return (await this.kubelet.pods()).find(({ name }) => name === this.fullName) ?? null;
  }

  /** How often its container was started. */
  starts(): number {
    return this.logs().filter((line) => line === 'started').length;
  }

  async remove(): Promise<void> {
    rmSync(this.file, { force: true });
    await until(`pod ${this.name} is gone`, async () => (await this.status()) === null);
  }

  private output(): readonly string[] | null {
    const lines = this.logs();
    return lines.includes('started') ? lines : null;
  }

  private logs(): readonly string[] {
    const { podLogs } = this.kubelet.node;
    const place = readdirSync(podLogs)
      .filter((name) => name.startsWith(`default_${this.fullName}_`))
      .map((name) => join(podLogs, name, 'main'));
    const files = place
      .filter((one) => existsSync(one))
      .flatMap((one) => readdirSync(one).map((name) => join(one, name)));
    return files
      .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
      .map((line) => line.split(' ').slice(3).join(' '));
  }

  /** The UID would else depend on the kubelet's version; with the network of the machine no CNI plugin is needed. */
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

function after(prefix: string, lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}
