// SPDX-License-Identifier: Apache-2.0
import { basename, join } from 'node:path';
import type { ResourceStatus } from '#adapters/fake-kubelet/device-manager/device-table.ts';
import { Admissions } from './admissions.ts';
import { type CdiDevice, type CdiSpec, describeDevices, readCdiSpec } from './cdi-specs.ts';
import { ExpectedShares } from './expected-shares.ts';
import { describeDescriptors, listenersUnder, usageOf } from './process-usage.ts';
import { type TestResource, manyResourceNames } from './test-settings.ts';
import type { TestedNode } from './tested-node.ts';

const maxResidentMiB = 260;
/**
 * The sockets of a resource are its listener and the connection of the kubelet. `slack` is for short-lived descriptors.
 */
const allowedDescriptors = { perResource: 2, slack: 8 };
/**
 * The kubelet's two directories, `/dev` and its subdirectories, the directory of the settings, and some more. libuv has
 * one watch for each path.
 */
const maxWatches = 12;

/**
 * What must hold when no fault lasts: the kubelet has exactly the shares that host and settings call for, a pod gets
 * its grant, and the program leaks nothing.
 */
export class Invariants {
  /** Shares that were healthy since their resource was configured. They have to stay listed, healthy or not. */
  private offered = new Map<string, ReadonlySet<string>>();
  /** The number of descriptors that do not belong to a resource. Null until all invariants have held once. */
  private baseDescriptors: number | null = null;
  private readonly shares: ExpectedShares;
  private readonly admissions: Admissions;

  constructor(private readonly node: TestedNode) {
    this.shares = new ExpectedShares(node.host);
    this.admissions = new Admissions(node, this.shares);
  }

  /** Must be called when the program was started again: a new process does not know earlier shares. */
  programStarted(): void {
    this.offered = new Map();
    this.baseDescriptors = null;
  }

  residentMiB(): number {
    return usageOf(this.node.process.pid).residentMiB;
  }

  /** Returns all invariants that do not hold, in words. Empty if all hold for some settings that can be effective. */
  async violations(): Promise<readonly string[]> {
    const { possible, sinceLastCheck } = this.node.settings;
    for (const resource of manyResourceNames) {
      const dropped = sinceLastCheck.some((settings) => settings.every((one) => one.resource !== resource));
      if (dropped) this.offered.delete(resource);
    }
    let violations: readonly string[] = ['no valid settings have been written'];
    for (const settings of possible.toReversed()) {
      violations = await this.violationsOf(settings);
      if (violations.length === 0) {
        await this.recordSuccess(settings);
        return violations;
      }
    }
    return violations;
  }

  private async violationsOf(settings: readonly TestResource[]): Promise<readonly string[]> {
    const lists = await Promise.all(manyResourceNames.map((resource) => this.checkList(resource, settings)));
    const leaks = [...this.checkSockets(settings), ...this.checkUsage(settings), ...this.checkSpecs(settings)];
    const violations = [...lists.flat(), ...leaks];
    return violations.length > 0 ? violations : await this.admissions.check(settings);
  }

  private async checkList(resource: string, settings: readonly TestResource[]): Promise<readonly string[]> {
    const configured = settings.find((one) => one.resource === resource);
    const status = await this.node.kubelet.devices(resource);
    const streams = this.node.kubelet.openStreams(resource);
    const violations: string[] = [];
    if (streams !== (configured === undefined ? 0 : 1)) violations.push(`${resource} has ${streams} list streams`);
    const healthy = new Set(status?.healthy);
    const expected = configured === undefined ? new Set<string>() : this.shares.healthyIds(configured);
    if (!sameSets(healthy, expected))
      violations.push(`${resource}: healthy shares are ${brief(healthy)}, expected ${brief(expected)}`);
    if (configured !== undefined) violations.push(...this.checkUnhealthy(resource, status, expected));
    return violations;
  }

  private checkUnhealthy(
    resource: string,
    status: ResourceStatus | null,
    healthy: ReadonlySet<string>,
  ): readonly string[] {
    const unhealthy = new Set(status?.unhealthy);
    const offered = this.offered.get(resource) ?? new Set<string>();
    const missing = new Set([...offered].filter((id) => !healthy.has(id) && !unhealthy.has(id)));
    const unexpected = new Set([...unhealthy].filter((id) => !this.canBeListed(resource, id) || healthy.has(id)));
    return [
      ...(missing.size > 0 ? [`${resource}: shares offered earlier are no longer listed: ${brief(missing)}`] : []),
      ...(unexpected.size > 0 ? [`${resource}: unexpected unhealthy shares: ${brief(unexpected)}`] : []),
    ];
  }

  /** Returns whether any settings of the campaign so far can have produced that id. */
  private canBeListed(resource: string, id: string): boolean {
    const slot = Number(id.split('-').at(-1));
    const prefix = id.slice(0, id.length - String(slot).length);
    return (
      slot < (this.node.settings.maxShares.get(resource) ?? 0) &&
      (prefix === '' || this.shares.prefixesEver(resource).has(prefix))
    );
  }

  private checkSockets(settings: readonly TestResource[]): readonly string[] {
    const { devicePlugins, registry, attic } = this.node.directories;
    const onDisk = this.node.sockets();
    const listening = listenersUnder(
      [devicePlugins, registry, attic].map((directory) => `${directory}/rdma-shared-dp`),
    );
    const withoutFile = listening.filter((path) => !onDisk.includes(path));
    const names = onDisk.map((path) => basename(path)).join(', ');
    const expected = `expected one for each of ${settings.length} resources`;
    return [
      ...(onDisk.length === settings.length ? [] : [`${onDisk.length} sockets on disk, ${expected}: ${names}`]),
      ...(listening.length === settings.length ? [] : [`${listening.length} listening sockets, ${expected}`]),
      ...(withoutFile.length === 0 ? [] : [`listening sockets without a file: ${withoutFile.join(', ')}`]),
    ];
  }

  private checkUsage(settings: readonly TestResource[]): readonly string[] {
    const { pid } = this.node.process;
    const { descriptors, watches, residentMiB } = usageOf(pid);
    const base = this.baseDescriptors ?? Number.POSITIVE_INFINITY;
    const max = base + allowedDescriptors.perResource * settings.length + allowedDescriptors.slack;
    return [
      ...(descriptors > max ? [`${descriptors} descriptors, at most ${max}: ${describeDescriptors(pid)}`] : []),
      ...(watches > maxWatches ? [`${watches} inotify watches, at most ${maxWatches}`] : []),
      ...(residentMiB > maxResidentMiB ? [`${residentMiB.toFixed(0)} MiB resident, at most ${maxResidentMiB}`] : []),
    ];
  }

  private checkSpecs(settings: readonly TestResource[]): readonly string[] {
    if (!this.node.startOptions.useCdi) return [];
    const specs = this.node.cdiFiles().map((file) => readCdiSpec(join(this.node.directories.cdi, file)));
    const resolvable = new Set(specs.flatMap(({ kind, devices }) => devices.map(({ name }) => `${kind}=${name}`)));
    const lost = [...this.node.grantedCdiNames].filter((name) => !resolvable.has(name));
    return [
      ...settings.flatMap((one) => this.checkSpec(one, specs)),
      ...(lost.length === 0 ? [] : [`CDI names that pods were granted are gone: ${lost.join(', ')}`]),
    ];
  }

  /** A spec may have devices besides those that are offered now. */
  private checkSpec(resource: TestResource, specs: readonly CdiSpec[]): readonly string[] {
    const kind = `rdma-shared-dp.io/hca_${resource.resource.replace('/', '_')}`;
    const devices = specs.find((spec) => spec.kind === kind)?.devices ?? [];
    const written = new Map(devices.map((device) => [device.name, describeDevices([device])]));
    const expected = this.expectedDevices(resource);
    const wrong = expected.filter((device) => written.get(device.name) !== describeDevices([device]));
    return wrong.length === 0
      ? []
      : [`the CDI specs of ${resource.resource} have ${describeDevices(devices)}, expected ${describeDevices(wrong)}`];
  }

  private expectedDevices(resource: TestResource): readonly CdiDevice[] {
    const { host } = this.node;
    return host.usable(resource).map((hca) => ({ name: `hca-${hca.name}`, nodes: host.nodePaths([hca]) }));
  }

  private async recordSuccess(settings: readonly TestResource[]): Promise<void> {
    const indistinguishable: (readonly TestResource[])[] = [];
    for (const other of this.node.settings.sinceLastCheck) {
      if (other !== settings && (await this.violationsOf(other)).length === 0) indistinguishable.push(other);
    }
    this.node.settings.confirm(indistinguishable);
    this.offered = new Map(
      settings.map((one) => [
        one.resource,
        new Set([...(this.offered.get(one.resource) ?? []), ...this.shares.healthyIds(one)]),
      ]),
    );
    // Which of several possible settings are effective depends on the program, and faults must not.
    if (this.node.settings.latest !== null) this.shares.recordSeen(settings);
    const { descriptors } = usageOf(this.node.process.pid);
    this.baseDescriptors ??= descriptors - allowedDescriptors.perResource * settings.length;
  }
}

function sameSets(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}

function brief(ids: ReadonlySet<string>): string {
  return ids.size === 0 ? 'none' : `${ids.size} (${[...ids].slice(0, 4).join(', ')}${ids.size > 4 ? ', ...' : ''})`;
}
