// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { FakeHcaDiscovery } from '#adapters/discovery/fake/hca-discovery.ts';
import type { FakeHcaSpec } from '#adapters/discovery/fake/hca-spec.ts';
import { FakeHost } from '#adapters/discovery/fake/host.ts';
import { FileFakeHcaDiscovery } from '#adapters/discovery/fake/file-hca-discovery.ts';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { HostRoot } from '#adapters/host/host-root.ts';
import type { HcaWorld } from '../contract/hca-discovery.suite.ts';
import { SteppedClock } from './stepped-clock.ts';
import { SysfsTree } from './sysfs-tree.ts';

/** A host in memory. */
export async function fakeWorld(): Promise<HcaWorld> {
  const host = new FakeHost();
  return {
    discovery: new FakeHcaDiscovery(host),
    add: async ({ name, soft }) => host.addHca({ name, ...(soft === true ? { pciAddress: null } : {}) }),
    remove: async (name) => host.removeHca(name),
    breakHca: async (name) => host.breakHca(name),
    setPortState: async (name, state) => host.setPortState(name, 1, state),
    lose: null,
    close: async () => undefined,
  };
}

/** A host in a YAML file that is rewritten. */
export async function fileFakeWorld(): Promise<HcaWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'rdma-fake-'));
  const file = join(folder, 'hcas.yaml');
  const specs = new Map<string, FakeHcaSpec>();
  const save = (): Promise<void> => writeFile(file, JSON.stringify({ hcas: [...specs.values()] }));
  const put = (name: string, change: Partial<FakeHcaSpec>): Promise<void> => {
    specs.set(name, { ...specs.get(name), ...change, name });
    return save();
  };
  await save();
  return {
    discovery: new FileFakeHcaDiscovery({ file, parseYaml: parse, clock: new SteppedClock() }),
    add: ({ name, soft }) => put(name, soft === true ? { pciAddress: null } : {}),
    remove: (name) => {
      specs.delete(name);
      return save();
    },
    breakHca: (name) => put(name, { broken: true }),
    setPortState: (name, state) => put(name, { ports: [{ state }] }),
    lose: () => rm(file),
    close: () => rm(folder, { recursive: true }),
  };
}

/** A host as a tree of files, as the kernel lays them out. */
export async function sysfsWorld(): Promise<HcaWorld> {
  const tree = new SysfsTree();
  let number = 0;
  return {
    discovery: new SysfsHcaDiscovery({ root: HostRoot.at(tree.root), clock: new SteppedClock() }),
    add: async ({ name, soft }) => {
      const netdevs = [{ name: `eth${number}` }];
      tree.addHca(
        soft === true ? { name, number, device: null, softParent: `eth${number}`, netdevs } : { name, number, netdevs },
      );
      number += 1;
    },
    remove: async (name) => tree.removeHca(name),
    breakHca: async (name) => tree.breakHca(name),
    setPortState: async (name, state) => tree.setPortState(name, 1, state),
    lose: async () => tree.remove('sys'),
    close: async () => tree.destroy(),
  };
}
