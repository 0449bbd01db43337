// SPDX-License-Identifier: Apache-2.0
import type { ResourceStatus } from '#adapters/fake-kubelet/device-manager/device-table.ts';
import type { Admission, ContainerGrant, PodRequest } from '#adapters/fake-kubelet/device-manager/pod.ts';
import type { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';

/** The parts that the demonstration plays with. All of them are real but for the HCAs and the kubelet's insides. */
export interface DemoStage {
  readonly resource: string;
  readonly kubelet: FakeKubelet;
  readonly host: {
    /** Makes exactly these HCAs be there. */
    hold(hcas: readonly string[]): Promise<void>;
    describe(): Promise<string>;
  };
  readonly plugin: {
    /** `start` returns at once; `stop` sends SIGTERM and returns the exit status. */
    start(): void;
    stop(): Promise<number | null>;
    /** The sockets that the plugin has in the kubelet's directories now. */
    sockets(): readonly string[];
  };
  /** Resolves when it holds, and rejects, naming `what`, when it does not in good time. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
  say(text: string): void;
  /** Lets the reader follow. */
  breathe(): Promise<void>;
  /** Milliseconds. */
  now(): number;
}

/** Plays the life of a plugin on a node, step by step. Rejects when a step does not come out as it should. */
export class Demo {
  private step = 0;

  constructor(private readonly stage: DemoStage) {}

  async play(): Promise<void> {
    await this.showHost();
    await this.register();
    const first = await this.admitPods();
    await this.unplug();
    await this.plugIn();
    await this.restartKubelet(first);
    await this.stopPlugin();
  }

  private async showHost(): Promise<void> {
    await this.stage.host.hold(['mlx5_0', 'mlx5_1']);
    await this.headline('The node has two HCAs (fake ones), and a kubelet runs.');
    this.stage.say(indent(await this.stage.host.describe()));
    await this.stage.kubelet.start();
  }

  private async register(): Promise<void> {
    await this.headline(`The plugin starts, with settings that ask for 8 shares of ${this.stage.resource}.`);
    const since = this.stage.now();
    this.stage.plugin.start();
    await this.reach('all 8 shares are healthy', 8);
    await this.showDevices(`registered, and the list has arrived, after ${this.seconds(since)}`);
  }

  private async admitPods(): Promise<ContainerGrant> {
    await this.headline('A pod asks for one share; a second pod asks for two.');
    const first = await this.admit('trainer-0', 1);
    await this.admit('trainer-1', 2);
    return first;
  }

  private async unplug(): Promise<void> {
    await this.headline('HCA mlx5_1 is unplugged: the shares stay, and new pods get what is left.');
    await this.stage.host.hold(['mlx5_0']);
    await this.stage.until('a new pod gets one HCA only', async () => (await this.uverbsOf('probe')) === 1);
    await this.admit('trainer-2', 1);
    await this.headline('The last HCA is unplugged: nothing is left to share.');
    await this.stage.host.hold([]);
    await this.reach('no share is healthy', 0);
    await this.showDevices('the kubelet gives out no share, and running pods keep theirs');
  }

  private async plugIn(): Promise<void> {
    await this.headline('Both HCAs are plugged in again.');
    const since = this.stage.now();
    await this.stage.host.hold(['mlx5_0', 'mlx5_1']);
    await this.reach('all 8 shares are healthy again', 8);
    await this.showDevices(`back after ${this.seconds(since)}`);
  }

  private async restartKubelet(before: ContainerGrant): Promise<void> {
    await this.headline('The kubelet is killed and started again; it forgets every plugin.');
    await this.stage.kubelet.restart();
    const since = this.stage.now();
    await this.reach('all 8 shares are back', 8);
    await this.showDevices(`back ${this.seconds(since)} after the kubelet's start`);
    const same = await this.admit('trainer-0', 1);
    if (idsOf(same) !== idsOf(before)) throw new Error('the running pod lost its share');
    this.stage.say('   trainer-0 ran through all of it and holds the same share as before.');
  }

  private async stopPlugin(): Promise<void> {
    await this.headline('The plugin is told to end.');
    const since = this.stage.now();
    const status = await this.stage.plugin.stop();
    const left = this.stage.plugin.sockets().length;
    this.stage.say(`   ended with status ${status} after ${this.seconds(since)}; sockets left behind: ${left}`);
    if (status !== 0 || left !== 0) throw new Error('the plugin did not end in good order');
    await this.stage.kubelet.stop();
  }

  private async headline(text: string): Promise<void> {
    if (this.step > 0) await this.stage.breathe();
    this.step += 1;
    this.stage.say(`\n${this.step}. ${text}`);
  }

  private reach(what: string, healthy: number): Promise<void> {
    return this.stage.until(what, async () => (await this.devices())?.healthy.length === healthy);
  }

  private devices(): Promise<ResourceStatus | null> {
    return this.stage.kubelet.devices(this.stage.resource);
  }

  private async showDevices(remark: string): Promise<void> {
    const devices = await this.devices();
    const list = (ids: readonly string[] = []): string => (ids.length === 0 ? 'none' : ids.toSorted().join(' '));
    this.stage.say(`   ${remark}`);
    this.stage.say(
      `   capacity ${devices?.capacity}, allocatable ${devices?.allocatable}; healthy: ${list(devices?.healthy)}; unhealthy: ${list(devices?.unhealthy)}`,
    );
  }

  private async admit(name: string, shares: number): Promise<ContainerGrant> {
    const container = granted(await this.stage.kubelet.admit(this.pod(name, shares)));
    this.stage.say(`   ${name} gets share${shares === 1 ? '' : 's'} ${idsOf(container)}, and in its container:`);
    for (const node of container.deviceNodes) this.stage.say(`      ${node.containerPath} (${node.permissions})`);
    return container;
  }

  /** How many HCAs a pod would get now. */
  private async uverbsOf(name: string): Promise<number> {
    const pod = this.pod(name, 1);
    const container = granted(await this.stage.kubelet.admit(pod));
    await this.stage.kubelet.remove(pod);
    return container.deviceNodes.filter((node) => node.hostPath.includes('uverbs')).length;
  }

  private pod(name: string, shares: number): PodRequest {
    return { namespace: 'demo', name, containers: [{ name: 'main', limits: { [this.stage.resource]: shares } }] };
  }

  private seconds(since: number): string {
    return `${((this.stage.now() - since) / 1000).toFixed(2)} s`;
  }
}

function granted(admission: Admission): ContainerGrant {
  if (!admission.admitted) throw new Error(`the pod was refused: ${admission.message}`);
  const [container] = admission.containers;
  if (container === undefined) throw new Error('the pod was admitted without its container');
  return container;
}

function idsOf(container: ContainerGrant): string {
  return Object.values(container.ids).flat().toSorted().join(' and ');
}

function indent(text: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, '   ');
}
