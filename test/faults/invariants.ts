// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import { shortHash } from '#domain/text/short-hash.ts';
import type { ResourceStatus } from '#adapters/fake-kubelet/device-manager/device-table.ts';
import type { ContainerGrant } from '#adapters/fake-kubelet/device-manager/pod.ts';
import { type TestHca, addressOf, maxHcas } from './test-host.ts';
import { describeDescriptors, listenersUnder, usageOf } from './process-usage.ts';
import { type TestResource, resourceNames } from './test-settings.ts';
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
  private admissions = 0;

  constructor(private readonly node: TestedNode) {}

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
    for (const resource of resourceNames) {
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
    const lists = await Promise.all(resourceNames.map((resource) => this.checkList(resource, settings)));
    const leaks = [...this.checkSockets(settings), ...this.checkUsage(settings), ...this.checkSpecs(settings)];
    const violations = [...lists.flat(), ...leaks];
    return violations.length > 0 ? violations : await this.checkAdmission(settings);
  }

  private async checkList(resource: string, settings: readonly TestResource[]): Promise<readonly string[]> {
    const configured = settings.find((one) => one.resource === resource);
    const status = await this.node.kubelet.devices(resource);
    const streams = this.node.kubelet.openStreams(resource);
    const violations: string[] = [];
    if (streams !== (configured === undefined ? 0 : 1)) violations.push(`${resource} has ${streams} list streams`);
    const healthy = new Set(status?.healthy);
    const expected = configured === undefined ? new Set<string>() : this.healthyIds(configured);
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
    const prefixes = ['', ...Array.from({ length: maxHcas }, (_, number) => prefixOf(resource, number))];
    return (
      slot < (this.node.settings.maxShares.get(resource) ?? 0) &&
      prefixes.includes(id.slice(0, id.length - String(slot).length))
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
    const files = this.node.cdiFiles();
    const withHcas = settings.filter((one) => this.usable(one).length > 0);
    return files.length === withHcas.length
      ? []
      : [`${files.length} CDI specs, expected one for each of ${withHcas.length} resources: ${files.join(', ')}`];
  }

  /**
   * Admits one pod, each time for the next resource. With per-device shares, it asks for those of two HCAs if possible.
   */
  private async checkAdmission(settings: readonly TestResource[]): Promise<readonly string[]> {
    const available = settings.filter((one) => this.healthyIds(one).size > 0);
    const [first] = available;
    if (first === undefined) return [];
    const requested = available[this.admissions % available.length] ?? first;
    const pod = { namespace: 'faults', name: `pod-${this.admissions}` };
    this.admissions += 1;
    const shares = requested.sharing === 'device' ? Math.min(2, this.healthyHcas(requested).length) : 1;
    const admission = await this.node.kubelet.admit({
      ...pod,
      containers: [{ name: 'c', limits: { [requested.resource]: shares } }],
    });
    await this.node.kubelet.remove(pod);
    if (admission === null) return ['the kubelet is not running'];
    if (!admission.admitted) return [`a pod that requests ${requested.resource} was rejected: ${admission.message}`];
    const [grant] = admission.containers;
    return grant === undefined
      ? ['a pod was admitted without its container']
      : this.checkGrant(requested, grant, shares);
  }

  private checkGrant(requested: TestResource, grant: ContainerGrant, shares: number): readonly string[] {
    const ids = grant.ids[requested.resource] ?? [];
    const hcas =
      requested.sharing === 'pool'
        ? this.usable(requested)
        : this.healthyHcas(requested).filter(({ number }) =>
            ids.some((id) => id.startsWith(prefixOf(requested.resource, number))),
          );
    const context = `a pod that requests ${shares} shares of ${requested.resource}`;
    return [
      ...(ids.length === shares && (requested.sharing === 'pool' || hcas.length === shares)
        ? []
        : [`${context} got ${ids.length} shares of ${hcas.length} HCAs: ${ids.join(', ')}`]),
      ...this.checkDeviceNodes(context, grant, hcas),
      ...checkEnvironment(context, requested, grant, hcas),
    ];
  }

  private checkDeviceNodes(context: string, grant: ContainerGrant, hcas: readonly TestHca[]): readonly string[] {
    const { useCdi } = this.node.startOptions;
    const granted = useCdi ? grant.cdiDevices : grant.deviceNodes.map(({ hostPath }) => hostPath);
    const ofHcas = granted.filter((path) => !path.endsWith('/rdma_cm')).toSorted();
    const violation = (expected: string): string => `${context} got ${ofHcas.join(', ')}, expected ${expected}`;
    if (useCdi) {
      const names = hcas.map(({ name }) => `hca-${name}`);
      const matches =
        ofHcas.length === names.length && names.every((name) => ofHcas.some((device) => device.endsWith(`=${name}`)));
      return matches ? [] : [violation(names.join(', '))];
    }
    const paths = this.node.host.nodePaths(hcas);
    if (paths === null) {
      const verbs = ofHcas.filter((path) => path.includes('uverbs')).length;
      return verbs === hcas.length ? [] : [violation(`the nodes of ${hcas.length} HCAs`)];
    }
    return ofHcas.join() === paths.toSorted().join() ? [] : [violation(paths.join(', '))];
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
        new Set([...(this.offered.get(one.resource) ?? []), ...this.healthyIds(one)]),
      ]),
    );
    const { descriptors } = usageOf(this.node.process.pid);
    this.baseDescriptors ??= descriptors - allowedDescriptors.perResource * settings.length;
  }

  private healthyIds(resource: TestResource): ReadonlySet<string> {
    const hcas = this.healthyHcas(resource);
    const prefixes =
      resource.sharing === 'device'
        ? hcas.map(({ number }) => prefixOf(resource.resource, number))
        : hcas.slice(0, 1).map(() => '');
    return new Set(
      prefixes.flatMap((prefix) => Array.from({ length: resource.count }, (_, slot) => `${prefix}${slot}`)),
    );
  }

  private healthyHcas(resource: TestResource): readonly TestHca[] {
    return this.usable(resource).filter(({ port }) => port === 'ACTIVE' || resource.linkDown === 'ignore');
  }

  private usable({ vendors }: TestResource): readonly TestHca[] {
    return this.node.host.usable(vendors);
  }
}

/** Returns the prefix of the ids of the per-device shares of one HCA. */
function prefixOf(resource: string, number: number): string {
  return `${shortHash(resource)}-${addressOf(number)}-`;
}

function checkEnvironment(
  context: string,
  requested: TestResource,
  { envs }: ContainerGrant,
  hcas: readonly TestHca[],
): readonly string[] {
  const value = envs['NCCL_IB_HCA'];
  const names = hcas.map(({ name }) => `${name}:1`);
  const matches = requested.env
    ? value?.replace('=', '').split(',').toSorted().join() === names.toSorted().join()
    : value === undefined;
  const expected = requested.env ? names.join(', ') : 'no such variable';
  return matches ? [] : [`${context} got NCCL_IB_HCA ${value}, expected ${expected}`];
}

function sameSets(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}

function brief(ids: ReadonlySet<string>): string {
  return ids.size === 0 ? 'none' : `${ids.size} (${[...ids].slice(0, 4).join(', ')}${ids.size > 4 ? ', ...' : ''})`;
}
