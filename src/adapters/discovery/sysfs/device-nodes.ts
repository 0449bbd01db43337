// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import type { Problem } from '#domain/problem/problem.ts';
import { type DeviceNode, type Hca, deviceNodeKinds } from '#domain/hca/hca.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import { byKindAndPath } from '../order.ts';
import { hcasWithoutUverbs, missingDeviceNodes, notDeviceNode } from '../problems.ts';
import { parseCount, parseText } from './attribute-parsers.ts';
import type { EventLoopYield } from './event-loop-yield.ts';

const nodeName = /^(uverbs|umad|issm|ucm)\d+$/;
// A class also holds plain files (`abi_version`). Modern kernels have no infiniband_cm; old ones list ucm there.
const nodeClasses = ['infiniband_verbs', 'infiniband_mad', 'infiniband_cm'] as const;

/** A node that sysfs lists. `hca` is null for rdma_cm, which the whole host shares. */
interface ListedNode extends DeviceNode {
  readonly hca: string | null;
  readonly isInDev: boolean;
  /** What stands in its place if it is no device: `a directory`; null if nothing does. */
  readonly found: string | null;
}

/** The device nodes of one HCA. `managementOnly` is as in `Hca`. */
interface HcaNodes {
  readonly nodes: readonly DeviceNode[];
  readonly managementOnly: boolean;
}

/** The device nodes of a host as listed in `/sys/class/infiniband_*` at the time of reading. */
export class SysfsDeviceNodes {
  private constructor(private readonly listed: readonly ListedNode[]) {}

  static async read(root: HostRoot, eventLoop: EventLoopYield): Promise<SysfsDeviceNodes> {
    const listed: ListedNode[] = [];
    const inDev = new Set(root.listNodes(root.path('dev', 'infiniband')));
    for (const directory of nodeClasses.map((name) => root.path('sys', 'class', name))) {
      for (const name of root.listNames(directory)) {
        await eventLoop.maybeYield();
        const node = readNode(root, `${directory}/${name}`, inDev);
        if (node !== null) listed.push(node);
      }
    }
    if (root.exists(root.path('sys', 'class', 'misc', 'rdma_cm')))
      listed.push({ kind: 'rdma_cm', port: null, hca: null, ...placeOf(root, 'rdma_cm', inDev) });
    return new SysfsDeviceNodes(listed.toSorted(byKindAndPath));
  }

  /** Returns the nodes of an HCA in `/dev/infiniband`, by kind and name. */
  of(hca: string, nodeType: string | null): HcaNodes {
    const listed = this.listed.filter((node) => node.hca === hca || node.hca === null);
    const nodes = listed.filter((node) => node.isInDev).map(({ kind, path, port }) => ({ kind, path, port }));
    return { nodes, managementOnly: !listed.some(isUverbs) && this.isManagementOnly(hca, nodeType) };
  }

  /**
   * ib_uverbs creates no device for RDMA_DEVICE_TYPE_SMI (drivers/infiniband/core/uverbs_main.c, ib_uverbs_add_one),
   * whose node type is that of an HCA. If ib_uverbs serves other HCAs, it is loaded and has passed this one over.
   */
  private isManagementOnly(hca: string, nodeType: string | null): boolean {
    if (nodeType === 'switch' || nodeType === 'router') return true;
    return this.listed.some(isUverbs) && this.listed.some((node) => node.hca === hca);
  }

  /** Returns the problems with the nodes of these HCAs, which are all that the host has. */
  problems(hcas: readonly Pick<Hca, 'name' | 'managementOnly'>[]): readonly Problem[] {
    const known = new Set<string | null>(hcas.length === 0 ? [] : [...hcas.map(({ name }) => name), null]);
    const nodes = this.listed.filter(({ hca }) => known.has(hca));
    const withUverbs = new Set(nodes.filter(isUverbs).map(({ hca }) => hca));
    const without = hcas.filter(({ name, managementOnly }) => !managementOnly && !withUverbs.has(name));
    return [
      ...hcasWithoutUverbs(
        without.map(({ name }) => name),
        withUverbs.size > 0,
      ),
      ...missingDeviceNodes(nodes.filter((node) => !node.isInDev && node.found === null)),
      ...nodes.flatMap(({ path, found }) => (found === null ? [] : [notDeviceNode(path, found)])),
    ];
  }
}

function isUverbs({ kind }: DeviceNode): boolean {
  return kind === 'uverbs';
}

function readNode(root: HostRoot, link: string, inDev: ReadonlySet<string>): ListedNode | null {
  const name = basename(link);
  const word = nodeName.exec(name)?.[1];
  const kind = deviceNodeKinds.find((other) => other === word);
  const entry = kind === undefined ? null : root.follow(link);
  const hca = entry === null ? null : parseText(root.readText(`${entry}/ibdev`));
  if (kind === undefined || hca === null) return null;
  const perPort = kind === 'umad' || kind === 'issm';
  const port = perPort ? parseCount(root.readText(`${entry}/port`)) : null;
  return { kind, port, hca, ...placeOf(root, name, inDev) };
}

/** A link does not count: nothing in the kernel creates one, and a runtime would follow it to anywhere. */
function placeOf(
  root: HostRoot,
  name: string,
  inDev: ReadonlySet<string>,
): Pick<ListedNode, 'path' | 'isInDev' | 'found'> {
  const isInDev = inDev.has(name);
  const found = isInDev ? null : root.kindOf(root.path('dev', 'infiniband', name));
  return { path: `/dev/infiniband/${name}`, isInDev, found };
}
