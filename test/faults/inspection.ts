// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import { shortHash } from '#domain/text/short-hash.ts';
import type { ResourceStatus } from '#adapters/fake-kubelet/device-manager/device-table.ts';
import type { ContainerGrant } from '#adapters/fake-kubelet/device-manager/pod.ts';
import { type StagedHca, addressOf, mostHcas } from './host-stage.ts';
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
    let found: readonly string[] = ['no settings applied'];
    for (const settings of possible.toReversed()) {
      found = await this.differencesFrom(settings);
      if (found.length === 0) {
        await this.remember(settings);
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
    const want = wanted === undefined ? new Set<string>() : this.healthyIds(wanted);
    if (!sameSets(healthy, want))
      found.push(`${resource} has ${brief(healthy)} healthy, and should have ${brief(want)}`);
    if (wanted !== undefined) found.push(...this.judgeUnhealthy(resource, status, want));
    return found;
  }

  private judgeUnhealthy(
    resource: string,
    status: ResourceStatus | null,
    healthy: ReadonlySet<string>,
  ): readonly string[] {
    const unhealthy = new Set(status?.unhealthy);
    const known = this.known.get(resource) ?? new Set<string>();
    const missing = new Set([...known].filter((id) => !healthy.has(id) && !unhealthy.has(id)));
    const foreign = new Set([...unhealthy].filter((id) => !this.mayBeListed(resource, id) || healthy.has(id)));
    return [
      ...(missing.size > 0 ? [`${resource} no longer lists ${brief(missing)}, which it offered before`] : []),
      ...(foreign.size > 0 ? [`${resource} lists ${brief(foreign)} as unhealthy, which never were, or are not`] : []),
    ];
  }

  /** Whether the resource could ever have had that id. */
  private mayBeListed(resource: string, id: string): boolean {
    const slot = Number(id.split('-').at(-1));
    const prefixes = ['', ...Array.from({ length: mostHcas }, (_, number) => prefixOf(resource, number))];
    return (
      slot < (this.node.settings.most.get(resource) ?? 0) &&
      prefixes.includes(id.slice(0, id.length - String(slot).length))
    );
  }

  private judgeSockets(settings: readonly StagedResource[]): readonly string[] {
    const { devicePlugins, registry, attic } = this.node.directories;
    const onDisk = this.node.sockets();
    const listening = listenersUnder(
      [devicePlugins, registry, attic].map((directory) => `${directory}/rdma-shared-dp`),
    );
    const lost = listening.filter((path) => !onDisk.includes(path));
    return [
      ...(onDisk.length === settings.length
        ? []
        : [
            `${onDisk.length} sockets are on disk, for ${settings.length} resources: ${onDisk.map((path) => basename(path)).join(', ')}`,
          ]),
      ...(listening.length === settings.length
        ? []
        : [`${listening.length} listeners, for ${settings.length} resources`]),
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
    return files.length === wanted.length
      ? []
      : [`CDI specs ${files.join(', ')}, for ${wanted.length} resources with HCAs`];
  }

  /** One pod, asking for what a resource has to give: each time another one. By device, for shares of two HCAs where there are two. */
  private async judgeAdmission(settings: readonly StagedResource[]): Promise<readonly string[]> {
    const given = settings.filter((one) => this.healthyIds(one).size > 0);
    const [first] = given;
    if (first === undefined) return [];
    const wanted = given[this.looks % given.length] ?? first;
    const pod = { namespace: 'faults', name: `pod-${this.looks}` };
    this.looks += 1;
    const shares = wanted.sharing === 'device' ? Math.min(2, this.fit(wanted).length) : 1;
    const admission = await this.node.kubelet.admit({
      ...pod,
      containers: [{ name: 'c', limits: { [wanted.resource]: shares } }],
    });
    await this.node.kubelet.remove(pod);
    if (admission === null) return ['the kubelet is not running'];
    if (!admission.admitted) return [`a pod that asks for ${wanted.resource} is refused: ${admission.message}`];
    const [grant] = admission.containers;
    return grant === undefined ? ['a pod was admitted without its container'] : this.judgeGrant(wanted, grant, shares);
  }

  private judgeGrant(wanted: StagedResource, grant: ContainerGrant, shares: number): readonly string[] {
    const ids = grant.ids[wanted.resource] ?? [];
    const hcas =
      wanted.sharing === 'pool'
        ? this.usable(wanted)
        : this.fit(wanted).filter(({ number }) => ids.some((id) => id.startsWith(prefixOf(wanted.resource, number))));
    const told = `${ids.length} shares of ${wanted.resource}`;
    return [
      ...(ids.length === shares && (wanted.sharing === 'pool' || hcas.length === shares)
        ? []
        : [`${told} were given for ${shares}, of ${hcas.length} HCAs: ${ids.join(', ')}`]),
      ...this.validateNodeEntries(told, grant, hcas),
      ...judgeEnvironment(told, wanted, grant, hcas),
    ];
  }

  private validateNodeEntries(told: string, grant: ContainerGrant, hcas: readonly StagedHca[]): readonly string[] {
    const { useCdi } = this.node.startShape;
    const got = useCdi ? grant.cdiDevices : grant.deviceNodes.map(({ hostPath }) => hostPath);
    const named = got.filter((path) => !path.endsWith('/rdma_cm')).toSorted();
    const paths = this.node.host.nodePaths(hcas);
    if (useCdi) {
      const names = hcas.map(({ name }) => `hca-${name}`);
      const fits =
        named.length === names.length && names.every((name) => named.some((device) => device.endsWith(`=${name}`)));
      return fits ? [] : [`${told} grant ${named.join(', ')}, and should grant ${names.join(', ')}`];
    }
    if (paths === null) {
      const verbs = named.filter((path) => path.includes('uverbs')).length;
      return verbs === hcas.length ? [] : [`${told} grant ${named.join(', ')}, and should grant ${hcas.length} HCAs`];
    }
    return named.join() === paths.toSorted().join()
      ? []
      : [`${told} grant ${named.join(', ')}, and should grant ${paths.join(', ')}`];
  }

  private async remember(settings: readonly StagedResource[]): Promise<void> {
    const alike: (readonly StagedResource[])[] = [];
    for (const other of this.node.settings.seen) {
      if (other !== settings && (await this.differencesFrom(other)).length === 0) alike.push(other);
    }
    this.node.settings.settled(alike);
    const known = settings.map(
      (one) => [one.resource, new Set([...(this.known.get(one.resource) ?? []), ...this.healthyIds(one)])] as const,
    );
    this.known = new Map(known);
    this.idleDescriptors ??= tracesOf(this.node.process.pid).descriptors - allowance.resource * settings.length;
  }

  private healthyIds(one: StagedResource): ReadonlySet<string> {
    const fit = this.fit(one);
    const prefixes =
      one.sharing === 'device'
        ? fit.map(({ number }) => prefixOf(one.resource, number))
        : fit.slice(0, 1).map(() => '');
    return new Set(prefixes.flatMap((prefix) => Array.from({ length: one.count }, (_, slot) => `${prefix}${slot}`)));
  }

  private fit(one: StagedResource): readonly StagedHca[] {
    return this.usable(one).filter(({ port }) => port === 'ACTIVE' || one.linkDown === 'ignore');
  }

  private usable({ vendors }: StagedResource): readonly StagedHca[] {
    return this.node.host.usable(vendors);
  }
}

/** What the ids of the shares of one HCA begin with, where shares go by device. */
function prefixOf(resource: string, number: number): string {
  return `${shortHash(resource)}-${addressOf(number)}-`;
}

function judgeEnvironment(
  told: string,
  wanted: StagedResource,
  { envs }: ContainerGrant,
  hcas: readonly StagedHca[],
): readonly string[] {
  const got = envs['NCCL_IB_HCA'];
  const names = hcas.map(({ name }) => `${name}:1`);
  const fits = wanted.env
    ? got?.replace('=', '').split(',').toSorted().join() === names.toSorted().join()
    : got === undefined;
  return fits
    ? []
    : [
        `${told} tell NCCL_IB_HCA ${got}, ${wanted.env ? `and should tell ${names.join(', ')}` : 'and nobody asked for that'}`,
      ];
}

function sameSets(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}

function brief(ids: ReadonlySet<string>): string {
  return ids.size === 0 ? 'none' : `${ids.size} (${[...ids].slice(0, 4).join(', ')}${ids.size > 4 ? ', ...' : ''})`;
}
