// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CombinedDiscovery } from '#adapters/discovery/combined-discovery.ts';
import type { FakeHcaSpec } from '#adapters/discovery/fake/hca-spec.ts';
import { NullMetrics } from '#adapters/metrics/null-metrics.ts';
import { GuardedModule } from '#adapters/discovery/module/guarded-module.ts';
import { type ModuleProcess, type StartModule, moduleStarter } from '#adapters/discovery/module/process.ts';
import { type AdapterOptions, type Discovery, discoveryAdapters } from '#adapters/discovery/registry.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaWorld } from '#src/testing/hca-world.ts';
import { ChangeableHost, ChangeableHostDiscovery, ChangeableHostExtraNodes } from './changeable-host.ts';
import { RecordedLog } from './recorded-log.ts';
import { SteppedClock } from './stepped-clock.ts';
import { SysfsTree } from './sysfs-tree.ts';

/** A host that a test changes, and all that one discovery adapter finds there. */
export interface DiscoveryWorld extends HcaWorld {
  readonly hints: HcaChangeHints;
  /** Null for an adapter that does not find extra nodes. */
  readonly extraNodes: ExtraNodes | null;
  readonly clock: SteppedClock;
  /** Replaces all extra device nodes of the host. */
  setExtraNodes(paths: readonly string[]): void;
}

/** A host without an adapter, and the options with which an adapter finds it. */
interface TestHost extends Omit<DiscoveryWorld, 'discovery' | 'hints' | 'extraNodes'> {
  readonly options: Pick<AdapterOptions, 'hostRoot' | 'fakeHcasFile'>;
}

/** An empty host for each adapter of the registry, by its name there. */
const registryHosts: Readonly<Record<string, () => TestHost>> = { sysfs: sysfsHost, fake: fakeHcasFile };

/** Discoveries that the registry does not list: parts of others, and those from outside. */
const otherWorlds: Readonly<Record<string, () => DiscoveryWorld>> = {
  'host in memory': inMemoryWorld,
  'discovery module': moduleWorld,
  CombinedDiscovery: combinedWorld,
};

/** Creates an empty world for every discovery, by its title: the whole registry, modules, and combinations. */
export const discoveryWorlds: readonly (readonly [title: string, createWorld: () => DiscoveryWorld])[] = [
  ...Object.entries(discoveryAdapters).map(([name, create]) => [name, () => registryWorld(name, create)] as const),
  ...Object.entries(otherWorlds),
];

function registryWorld(name: string, create: (options: AdapterOptions) => Discovery): DiscoveryWorld {
  const createHost = registryHosts[name];
  if (createHost === undefined)
    throw new Error(
      `discoveryAdapters lists "${name}", but no contract test can run on it: ` +
        `add "${name}" to registryHosts in test/support/discovery-worlds.ts, with a function that creates an empty host.`,
    );
  const { options, ...host } = createHost();
  const { discovery, hints, extraNodes } = create({ ...options, clock: host.clock, parseYaml: parse });
  return { ...host, discovery, hints, extraNodes };
}

/** A host as a tree of files in the layout of the kernel. */
function sysfsHost(): TestHost {
  const tree = new SysfsTree();
  let number = 0;
  let extraNodes: readonly string[] = [];
  return {
    options: { hostRoot: tree.root, fakeHcasFile: null },
    clock: new SteppedClock(),
    add: async ({ name, soft }) => {
      const netdev = `eth${number}`;
      const parent = soft === true ? { device: null, softParent: netdev } : {};
      tree.addHca({ name, number, netdevs: [{ name: netdev }], ...parent });
      number += 1;
    },
    remove: async (name) => tree.removeHca(name),
    breakHca: async (name) => tree.breakHca(name),
    setPortState: async (name, state) => tree.setPortState(name, 1, state),
    setExtraNodes: (paths) => {
      for (const path of extraNodes) if (!paths.includes(path)) rmSync(join(tree.root, path));
      for (const path of paths) if (!extraNodes.includes(path)) tree.write(path.slice(1), '');
      extraNodes = paths;
    },
    lose: async () => tree.remove('sys'),
    close: async () => tree.destroy(),
  };
}

/** A host in a file of fake HCAs. */
function fakeHcasFile(): TestHost {
  const folder = mkdtempSync(join(tmpdir(), 'rdma-fake-'));
  const file = join(folder, 'hcas.yaml');
  const specs = new Map<string, FakeHcaSpec>();
  let extraNodes: readonly string[] = [];
  const save = (): void => writeFileSync(file, JSON.stringify({ hcas: [...specs.values()], extraNodes }));
  const put = (name: string, change: Partial<FakeHcaSpec>): void => {
    specs.set(name, { ...specs.get(name), ...change, name });
    save();
  };
  save();
  return {
    options: { hostRoot: '/', fakeHcasFile: file },
    clock: new SteppedClock(),
    add: async ({ name, soft }) => put(name, soft === true ? { pciAddress: null } : {}),
    remove: async (name) => {
      specs.delete(name);
      save();
    },
    breakHca: async (name) => put(name, { broken: true }),
    setPortState: async (name, state) => put(name, { ports: [{ state }] }),
    setExtraNodes: (paths) => {
      extraNodes = paths;
      save();
    },
    lose: async () => rmSync(file),
    close: async () => rmSync(folder, { recursive: true }),
  };
}

function inMemoryWorld(): DiscoveryWorld {
  const host = new ChangeableHost();
  const discovery = new ChangeableHostDiscovery(host);
  return { ...changesOf(host), discovery, hints: discovery, extraNodes: new ChangeableHostExtraNodes(host) };
}

/** What a test can do to a host in memory. */
function changesOf(host: ChangeableHost): Omit<DiscoveryWorld, 'discovery' | 'hints' | 'extraNodes'> {
  return {
    clock: new SteppedClock(),
    add: async ({ name, soft }) => host.addHca({ name, ...(soft === true ? { pciAddress: null } : {}) }),
    remove: async (name) => host.removeHca(name),
    breakHca: async (name) => host.breakHca(name),
    setPortState: async (name, state) => host.setPortState(name, 1, state),
    setExtraNodes: (paths) => host.setExtraNodes(paths),
    lose: null,
    close: async () => undefined,
  };
}

/** A third-party module in a process of its own, which reports the content of a file. */
const moduleCode = `
import { readFileSync, watch } from 'node:fs';
export const createDiscovery = ({ hostRoot }) => ({
  discovery: { scan: async () => JSON.parse(readFileSync(hostRoot + '/inventory.json', 'utf8')) },
  hints: {
    watch: (onHint) => {
      const watcher = watch(hostRoot, { persistent: false }, () => onHint());
      return () => watcher.close();
    },
  },
});
`;

function moduleWorld(): DiscoveryWorld {
  const folder = mkdtempSync(join(tmpdir(), 'rdma-module-'));
  const specifier = join(folder, 'acme.mjs');
  writeFileSync(specifier, moduleCode);
  const host = new ChangeableHost();
  const save = (): void => writeFileSync(join(folder, 'inventory.json'), JSON.stringify(host.inventory()));
  save();
  host.watch(save);
  const processes: ModuleProcess[] = [];
  const world = changesOf(host);
  const startProcess = moduleStarter(world.clock);
  const start: StartModule = (...request) => {
    const process = startProcess(...request);
    processes.push(process);
    return process;
  };
  const parts = { clock: world.clock, logger: new RecordedLog(), metrics: new NullMetrics(), patienceMs: 20_000 };
  const module = new GuardedModule({ ...parts, specifier, options: { hostRoot: folder }, start });
  const close = async (): Promise<void> => {
    for (const process of processes) process.end();
    rmSync(folder, { recursive: true });
  };
  return { ...world, discovery: module, hints: module, extraNodes: null, close };
}

/** A host in memory, next to an empty one. */
function combinedWorld(): DiscoveryWorld {
  const world = inMemoryWorld();
  const empty = inMemoryWorld();
  const combined = new CombinedDiscovery([
    { title: 'all', discovery: world.discovery, hints: world.hints },
    { title: 'none', discovery: empty.discovery, hints: empty.hints },
  ]);
  return { ...world, discovery: combined, hints: combined, extraNodes: null };
}
