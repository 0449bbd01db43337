// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CombinedDiscovery } from '#adapters/discovery/combined-discovery.ts';
import { fakePorts } from '#adapters/discovery/fake/build-hca.ts';
import type { FakeHcaSpec } from '#adapters/discovery/fake/hca-spec.ts';
import { Observers } from '#app/status/observers.ts';
import { GuardedModule } from '#adapters/discovery/module/guarded-module.ts';
import { type ModuleProcess, type StartModule, moduleStarter } from '#adapters/discovery/module/process.ts';
import { type AdapterOptions, type Discovery, discoveryAdapters } from '#adapters/discovery/registry.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { type HintedWorld, type WorldHardware, defaultHardware } from '#src/testing/hca-world.ts';
import { ChangeableHost, ChangeableHostDiscovery, ChangeableHostExtraNodes } from './changeable-host.ts';
import { RecordedLog } from './recorded-log.ts';
import { SteppedClock } from './stepped-clock.ts';
import { SysfsTree } from './sysfs-tree.ts';
import { Places, fakeHcaOf, treeHcaOf } from './world-hardware.ts';

/** A host that a test changes, and all that one discovery adapter finds there. */
export interface DiscoveryWorld extends HintedWorld {
  readonly hints: HcaChangeHints;
  /** Null for an adapter that does not find extra nodes. */
  readonly extraNodes: ExtraNodes | null;
  readonly clock: SteppedClock;
  /** Replaces all extra device nodes of the host. */
  setExtraNodes(paths: readonly string[]): void;
}

type Hardware = Required<WorldHardware>;
/** Creates an empty world whose HCAs are of that hardware. */
type CreateWorld = (hardware?: Hardware) => DiscoveryWorld;

/** A host without an adapter, and the options with which an adapter finds it. */
interface TestHost extends Omit<DiscoveryWorld, 'discovery' | 'hints' | 'extraNodes'> {
  readonly options: Pick<AdapterOptions, 'hostRoot' | 'fakeHcasFile'>;
}

/** An empty host for each adapter of the registry, by its name there. */
const registryHosts: Readonly<Record<string, (hardware: Hardware) => TestHost>> = {
  sysfs: sysfsHost,
  fake: fakeHcasFile,
};

/** Discoveries that the registry does not list: parts of others, and those from outside. */
const otherWorlds: Readonly<Record<string, (hardware: Hardware) => DiscoveryWorld>> = {
  'host in memory': inMemoryWorld,
  'discovery module': moduleWorld,
  CombinedDiscovery: combinedWorld,
};

/** Creates an empty world for every discovery, by its title: the whole registry, modules, and combinations. */
export const discoveryWorlds: readonly (readonly [title: string, createWorld: CreateWorld])[] = [
  ...Object.entries(discoveryAdapters).map(
    ([name, create]) => [name, (hardware = defaultHardware) => registryWorld(name, create, hardware)] as const,
  ),
  ...Object.entries(otherWorlds).map(
    ([name, create]) => [name, (hardware = defaultHardware) => create(hardware)] as const,
  ),
];

function registryWorld(
  name: string,
  create: (options: AdapterOptions) => Discovery,
  hardware: Hardware,
): DiscoveryWorld {
  const createHost = registryHosts[name];
  if (createHost === undefined)
    throw new Error(
      `discoveryAdapters lists "${name}", but no contract test can run on it: ` +
        `add "${name}" to registryHosts in test/support/discovery-worlds.ts, with a function that creates an empty host.`,
    );
  const { options, ...host } = createHost(hardware);
  const { discovery, hints, extraNodes } = create({ ...options, clock: host.clock, parseYaml: parse });
  return { ...host, discovery, hints, extraNodes };
}

/** A host as a tree of files in the layout of the kernel. */
function sysfsHost(hardware: Hardware): TestHost {
  const tree = new SysfsTree();
  const places = new Places();
  let extraNodes: readonly string[] = [];
  const clock = new SteppedClock();
  return {
    hardware,
    options: { hostRoot: tree.root, fakeHcasFile: null },
    clock,
    pass: (ms) => clock.step(ms),
    add: async (hca) => tree.addHca(treeHcaOf(hardware, hca, places.add(hca))),
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
function fakeHcasFile(hardware: Hardware): TestHost {
  const folder = mkdtempSync(join(tmpdir(), 'rdma-fake-'));
  const file = join(folder, 'hcas.yaml');
  const specs = new Map<string, FakeHcaSpec>();
  const places = new Places();
  let extraNodes: readonly string[] = [];
  const save = (): void => writeFileSync(file, JSON.stringify({ hcas: [...specs.values()], extraNodes }));
  const put = (name: string, change: Partial<FakeHcaSpec>): void => {
    specs.set(name, { ...specs.get(name), ...change, name });
    save();
  };
  save();
  const clock = new SteppedClock();
  return {
    hardware,
    options: { hostRoot: '/', fakeHcasFile: file },
    clock,
    pass: (ms) => clock.step(ms),
    add: async (hca) => put(hca.name, fakeHcaOf(hardware, hca, places.add(hca))),
    remove: async (name) => {
      specs.delete(name);
      save();
    },
    breakHca: async (name) => put(name, { broken: true }),
    setPortState: async (name, state) => {
      const [first, ...others] = fakePorts(specs.get(name) ?? { name });
      put(name, { ports: [{ ...first, state }, ...others] });
    },
    setExtraNodes: (paths) => {
      extraNodes = paths;
      save();
    },
    lose: async () => rmSync(file),
    close: async () => rmSync(folder, { recursive: true }),
  };
}

function inMemoryWorld(hardware: Hardware): DiscoveryWorld {
  const host = new ChangeableHost();
  const discovery = new ChangeableHostDiscovery(host);
  return { ...changesOf(host, hardware), discovery, hints: discovery, extraNodes: new ChangeableHostExtraNodes(host) };
}

/** What a test can do to a host in memory. */
function changesOf(
  host: ChangeableHost,
  hardware: Hardware,
): Omit<DiscoveryWorld, 'discovery' | 'hints' | 'extraNodes'> {
  const places = new Places();
  const clock = new SteppedClock();
  return {
    hardware,
    clock,
    pass: (ms) => clock.step(ms),
    add: async (hca) => host.addHca(fakeHcaOf(hardware, hca, places.add(hca))),
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

function moduleWorld(hardware: Hardware): DiscoveryWorld {
  const folder = mkdtempSync(join(tmpdir(), 'rdma-module-'));
  const specifier = join(folder, 'acme.mjs');
  writeFileSync(specifier, moduleCode);
  const host = new ChangeableHost();
  const save = (): void => writeFileSync(join(folder, 'inventory.json'), JSON.stringify(host.inventory()));
  save();
  host.watch(save);
  const processes: ModuleProcess[] = [];
  const world = changesOf(host, hardware);
  const startProcess = moduleStarter(world.clock);
  const start: StartModule = (...request) => {
    const process = startProcess(...request);
    processes.push(process);
    return process;
  };
  const parts = { clock: world.clock, logger: new RecordedLog(), observer: new Observers([]), patienceMs: 20_000 };
  const module = new GuardedModule({ ...parts, specifier, options: { hostRoot: folder }, start });
  const close = async (): Promise<void> => {
    for (const process of processes) process.end();
    rmSync(folder, { recursive: true });
  };
  return { ...world, discovery: module, hints: module, extraNodes: null, close };
}

/** A host in memory, next to an empty one. */
function combinedWorld(hardware: Hardware): DiscoveryWorld {
  const world = inMemoryWorld(hardware);
  const empty = inMemoryWorld(hardware);
  const combined = new CombinedDiscovery([
    { title: 'all', module: null, discovery: world.discovery, hints: world.hints },
    { title: 'none', module: null, discovery: empty.discovery, hints: empty.hints },
  ]);
  return { ...world, discovery: combined, hints: combined, extraNodes: null };
}
