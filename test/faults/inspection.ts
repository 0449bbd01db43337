// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import type { ResourceStatus } from '#ports/kubelet.ts';
import type { StagedHca } from './host-stage.ts';
import { descriptorsOf, listenersUnder, tracesOf } from './process-traces.ts';
import { type StagedResource, resourceNames } from './settings-stage.ts';
import type { TestedNode } from './tested-node.ts';

const mostResidentMiB = 260;
/** Sockets of a resource: its listener and its kubelet's end. Others come and go. */
const allowance = { resource: 2, slack: 8 };
/** The kubelet's two directories, `/dev` and what is in it, the settings' directory, and some to spare; libuv has one for a path. */
const mostWatches = 12;

/** What a kubelet should hold, and whether something was left lying about. All differences are found at once. */
export class Inspection {
  /** What was found healthy since its resource is configured: it stays in the list, unhealthy when nothing makes it. */
  private known = new Map<string, ReadonlySet<string>>();
  /** Those that are open whatever the resources; known from the first time that all was well. */
  private idleDescriptors: number | null = null;
  private looks = 0;

  constructor(private readonly node: TestedNode) {}

  /** A program that starts knows of no shares of old. */
  programStarted(): void {
    this.known = new Map();
    this.idleDescriptors = null;
  }

  residentMiB(): number {
    return tracesOf(this.node.process.pid).residentMiB;
  }

  /** What is not as it should be, in words; empty where all is. */
  async differences(): Promise<readonly string[]> {
    const { possible, seen } = this.node.settings;
    for (const resource of resourceNames) {
      if (seen.some((settings) => settings.every((one) => one.resource !== resource))) this.known.delete(resource);
    }
    let found: readonly string[] = ['no settings are in force'];
    for (const settings of possible.toReversed()) {
      found = await this.differencesFrom(settings);
      if (found.length === 0) {
        this.remember(settings);
        return found;
      }
    }
    return found;
  }

  private async differencesFrom(settings: readonly StagedResource[]): Promise<readonly string[]> {
    const lists = await Promise.all(resourceNames.map((resource) => this.judgeList(resource, settings)));
    const rest = [...this.judgeSockets(settings), ...this.judgeTraces(settings), ...this.judgeSpecs(settings)];
    const found = [...lists.flat(), ...rest];
    return found.length > 0 ? found : await this.judgeAdmission(settings);
  }

  private async judgeList(resource: string, settings: readonly StagedResource[]): Promise<readonly string[]> {
    const wanted = settings.find((one) => one.resource === resource);
    const status = await this.node.kubelet.devices(resource);
    const streams = this.node.kubelet.openStreams(resource);
    const found: string[] = [];
    if (streams !== (wanted === undefined ? 0 : 1)) found.push(`${resource} has ${streams} list streams`);
    const healthy = new Set(status?.healthy);
    const want = idsOf(wanted === undefined ? 0 : this.healthyShares(wanted));
    if (!sameSets(healthy, want)) found.push(`${resource} has ${brief(healthy)} healthy, and should have ${brief(want)}`);
    if (wanted !== undefined) found.push(...this.judgeUnhealthy(resource, status, want));
    return found;
  }

  private judgeUnhealthy(resource: string, status: ResourceStatus | null, healthy: ReadonlySet<string>): readonly string[] {
    const unhealthy = new Set(status?.unhealthy);
    const known = this.known.get(resource) ?? new Set<string>();
    const missing = new Set([...known].filter((id) => !healthy.has(id) && !unhealthy.has(id)));
    const ever = idsOf(this.node.settings.most.get(resource) ?? 0);
    const foreign = new Set([...unhealthy].filter((id) => !ever.has(id) || healthy.has(id)));
    return [
      ...(missing.size > 0 ? [`${resource} no longer lists ${brief(missing)}, which it offered before`] : []),
      ...(foreign.size > 0 ? [`${resource} lists ${brief(foreign)} as unhealthy, which never were, or are not`] : []),
    ];
  }

  private judgeSockets(settings: readonly StagedResource[]): readonly string[] {
    const { devicePlugins, registry, attic } = this.node.directories;
    const onDisk = this.node.sockets();
    const listening = listenersUnder([devicePlugins, registry, attic].map((directory) => `${directory}/rdma-shared-dp`));
    const lost = listening.filter((path) => !onDisk.includes(path));
    return [
      ...(onDisk.length === settings.length ? [] : [`${onDisk.length} sockets are on disk, for ${settings.length} resources: ${onDisk.map((path) => basename(path)).join(', ')}`]),
      ...(listening.length === settings.length ? [] : [`${listening.length} listeners, for ${settings.length} resources`]),
      ...(lost.length === 0 ? [] : [`listening without a file: ${lost.join(', ')}`]),
    ];
  }

  private judgeTraces(settings: readonly StagedResource[]): readonly string[] {
    const { pid } = this.node.process;
    const { descriptors, watches, residentMiB } = tracesOf(pid);
    const idle = this.idleDescriptors ?? Number.POSITIVE_INFINITY;
    const most = idle + allowance.resource * settings.length + allowance.slack;
    return [
      ...(descriptors > most ? [`${descriptors} descriptors are open, over ${most}: ${descriptorsOf(pid)}`] : []),
      ...(watches > mostWatches ? [`${watches} inotify watches, over ${mostWatches}`] : []),
      ...(residentMiB > mostResidentMiB ? [`${residentMiB.toFixed(0)} MiB are resident, over ${mostResidentMiB}`] : []),
    ];
  }

  private judgeSpecs(settings: readonly StagedResource[]): readonly string[] {
    if (!this.node.startShape.useCdi) return [];
    const files = this.node.cdiFiles();
    const wanted = settings.filter((one) => this.usable(one).length > 0);
    return files.length === wanted.length ? [] : [`CDI specs ${files.join(', ')}, for ${wanted.length} resources with HCAs`];
  }

  /** One pod, asking for a share of each resource that has one. */
  private async judgeAdmission(settings: readonly StagedResource[]): Promise<readonly string[]> {
    const given = settings.filter((one) => this.healthyShares(one) > 0);
    const [first] = given;
    if (first === undefined) return [];
    const wanted = given[this.looks % given.length] ?? first;
    const pod = { namespace: 'faults', name: `pod-${this.looks}` };
    this.looks += 1;
    const admission = await this.node.kubelet.admit({ ...pod, containers: [{ name: 'c', limits: { [wanted.resource]: 1 } }] });
    await this.node.kubelet.remove(pod);
    if (admission === null) return ['the kubelet is not running'];
    if (!admission.admitted) return [`a pod that asks for ${wanted.resource} is refused: ${admission.message}`];
    const [grant] = admission.containers;
    const got = this.node.startShape.useCdi ? (grant?.cdiDevices ?? []) : (grant?.deviceNodes ?? []).map(({ hostPath }) => hostPath);
    return this.judgeGrant(wanted.resource, got, this.usable(wanted));
  }

  private judgeGrant(resource: string, got: readonly string[], hcas: readonly StagedHca[]): readonly string[] {
    const named = got.filter((path) => !path.endsWith('/rdma_cm')).toSorted();
    const names = hcas.map(({ name }) => `hca-${name}`);
    const paths = this.node.host.nodePaths(hcas);
    if (this.node.startShape.useCdi) {
      const fits = named.length === names.length && names.every((name) => named.some((device) => device.endsWith(`=${name}`)));
      return fits ? [] : [`a share of ${resource} grants ${named.join(', ')}, and should grant ${names.join(', ')}`];
    }
    if (paths === null) {
      const verbs = named.filter((path) => path.includes('uverbs')).length;
      return verbs === hcas.length ? [] : [`a share of ${resource} grants ${named.join(', ')}, and should grant ${hcas.length} HCAs`];
    }
    return named.join() === paths.toSorted().join() ? [] : [`a share of ${resource} grants ${named.join(', ')}, and should grant ${paths.join(', ')}`];
  }

  private remember(settings: readonly StagedResource[]): void {
    this.node.settings.settled();
    const known = settings.map((one) => [one.resource, new Set([...(this.known.get(one.resource) ?? []), ...idsOf(this.healthyShares(one))])] as const);
    this.known = new Map(known);
    this.idleDescriptors ??= tracesOf(this.node.process.pid).descriptors - allowance.resource * settings.length;
  }

  private healthyShares(one: StagedResource): number {
    const isFit = this.usable(one).some(({ up }) => up || one.linkDown === 'ignore');
    return isFit ? one.count : 0;
  }

  private usable({ vendors }: StagedResource): readonly StagedHca[] {
    return this.node.host.usable(vendors);
  }
}

function idsOf(count: number): ReadonlySet<string> {
  return new Set(Array.from({ length: count }, (_, slot) => String(slot)));
}

function sameSets(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}

function brief(ids: ReadonlySet<string>): string {
  return ids.size === 0 ? 'none' : `${ids.size} (${[...ids].slice(0, 4).join(', ')}${ids.size > 4 ? ', ...' : ''})`;
}
