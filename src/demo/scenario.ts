// SPDX-License-Identifier: Apache-2.0
import type { ResourceStatus } from '#adapters/fake-kubelet/device-manager/device-table.ts';
import type { Admission, ContainerGrant, PodRequest } from '#adapters/fake-kubelet/device-manager/pod.ts';
import type { Stage } from './stage.ts';

/** The life of the plugin on a node, step by step. */
export class Scenario {
  private step = 0;

  constructor(private readonly stage: Stage) {}

  /** Rejects at the first step that does not end as it should. */
  async play(): Promise<void> {
    await this.showHost();
    await this.register();
    const grant = await this.admitPods();
    await this.unplug();
    await this.plugIn();
    await this.restartKubelet(grant);
    await this.stopPlugin();
  }

  private async showHost(): Promise<void> {
    this.stage.setHcas(['mlx5_0', 'mlx5_1']);
    await this.headline('The node has two HCAs (fake ones) and a running kubelet.');
    this.stage.say(indent(await this.stage.describeHost()));
    await this.stage.kubelet.start();
  }

  private async register(): Promise<void> {
    await this.headline(`The plugin starts. Its settings ask for 8 shares of ${this.stage.resource}.`);
    const since = this.stage.now();
    this.stage.plugin.start();
    await this.waitForShares('all 8 shares are healthy', 8);
    await this.showDevices(`registered; the first list arrived after ${this.secondsSince(since)}`);
  }

  private async admitPods(): Promise<ContainerGrant> {
    await this.headline('A pod requests one share. A second pod requests two.');
    const grant = await this.admit('trainer-0', 1);
    await this.admit('trainer-1', 2);
    return grant;
  }

  private async unplug(): Promise<void> {
    await this.headline('HCA mlx5_1 is unplugged. The shares stay; new pods get the remaining HCA.');
    this.stage.setHcas(['mlx5_0']);
    await this.stage.waitUntil('a new pod gets one HCA', async () => (await this.countHcasOfNewPod()) === 1);
    await this.admit('trainer-2', 1);
    await this.headline('The last HCA is unplugged. No HCA is left to share.');
    this.stage.setHcas([]);
    await this.waitForShares('no share is healthy', 0);
    await this.showDevices('the kubelet allocates no shares; running pods keep theirs');
  }

  private async plugIn(): Promise<void> {
    await this.headline('Both HCAs are plugged in again.');
    const since = this.stage.now();
    this.stage.setHcas(['mlx5_0', 'mlx5_1']);
    await this.waitForShares('all 8 shares are healthy again', 8);
    await this.showDevices(`healthy again after ${this.secondsSince(since)}`);
  }

  private async restartKubelet(before: ContainerGrant): Promise<void> {
    await this.headline('The kubelet is killed and restarted. It forgets every plugin.');
    await this.stage.kubelet.restart();
    const since = this.stage.now();
    await this.waitForShares('all 8 shares are registered again', 8);
    await this.showDevices(`re-registered ${this.secondsSince(since)} after the kubelet's start`);
    const after = await this.admit('trainer-0', 1);
    if (idsOf(after) !== idsOf(before)) throw new Error('the running pod lost its share');
    this.stage.say('   trainer-0 kept running and holds the same share as before.');
  }

  private async stopPlugin(): Promise<void> {
    await this.headline('The plugin is stopped with SIGTERM.');
    const since = this.stage.now();
    const status = await this.stage.plugin.stop();
    const sockets = this.stage.sockets().length;
    this.stage.say(`   exited with code ${status} after ${this.secondsSince(since)}; sockets left behind: ${sockets}`);
    if (status !== 0 || sockets !== 0) throw new Error('the plugin did not shut down cleanly');
    await this.stage.kubelet.stop();
  }

  private async headline(text: string): Promise<void> {
    if (this.step > 0) await this.stage.pause();
    this.step += 1;
    this.stage.say(`\n${this.step}. ${text}`);
  }

  private waitForShares(what: string, healthy: number): Promise<void> {
    return this.stage.waitUntil(what, async () => (await this.devices())?.healthy.length === healthy);
  }

  private devices(): Promise<ResourceStatus | null> {
    return this.stage.kubelet.devices(this.stage.resource);
  }

  private async showDevices(remark: string): Promise<void> {
    const devices = await this.devices();
    const healthy = sortedList(devices?.healthy ?? []);
    const unhealthy = sortedList(devices?.unhealthy ?? []);
    this.stage.say(`   ${remark}`);
    this.stage.say(
      `   capacity ${devices?.capacity}, allocatable ${devices?.allocatable}; ` +
        `healthy: ${healthy}; unhealthy: ${unhealthy}`,
    );
  }

  private async admit(name: string, shares: number): Promise<ContainerGrant> {
    const grant = grantOf(await this.stage.kubelet.admit(this.pod(name, shares)));
    this.stage.say(`   ${name} gets share${shares === 1 ? '' : 's'} ${idsOf(grant)}, and in its container:`);
    for (const node of grant.deviceNodes) this.stage.say(`      ${node.containerPath} (${node.permissions})`);
    return grant;
  }

  private async countHcasOfNewPod(): Promise<number> {
    const pod = this.pod('probe', 1);
    const grant = grantOf(await this.stage.kubelet.admit(pod));
    await this.stage.kubelet.remove(pod);
    return grant.deviceNodes.filter((node) => node.hostPath.includes('uverbs')).length;
  }

  private pod(name: string, shares: number): PodRequest {
    return { namespace: 'demo', name, containers: [{ name: 'main', limits: { [this.stage.resource]: shares } }] };
  }

  private secondsSince(since: number): string {
    return `${((this.stage.now() - since) / 1000).toFixed(2)} s`;
  }
}

function grantOf(admission: Admission): ContainerGrant {
  if (!admission.admitted) throw new Error(`the pod was rejected: ${admission.message}`);
  const [grant] = admission.containers;
  if (grant === undefined) throw new Error('the pod was admitted without its container');
  return grant;
}

function idsOf(grant: ContainerGrant): string {
  return Object.values(grant.ids).flat().toSorted().join(' and ');
}

function sortedList(ids: readonly string[]): string {
  return ids.length === 0 ? 'none' : ids.toSorted().join(' ');
}

function indent(text: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, '   ');
}
