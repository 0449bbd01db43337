// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { deviceNodeKinds, type DeviceNode, type DeviceNodeKind } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import { hcaWithoutUverbs, missingDeviceNode } from '../problems.ts';
import { parseCount, parseText } from './attribute-parsers.ts';
import type { EventLoopYield } from './event-loop-yield.ts';

const nodeName = /^(uverbs|umad|issm|ucm)\d+$/;
// A class also holds plain files (`abi_version`). Modern kernels have no infiniband_cm; old ones list ucm there.
const nodeClasses = ['infiniband_verbs', 'infiniband_mad', 'infiniband_cm'] as const;

/** A node that sysfs lists, whether or not it is in `/dev`. `hca` is null for rdma_cm, which the whole host shares. */
interface ListedNode extends DeviceNode {
  readonly name: string;
  readonly hca: string | null;
}

/** The device nodes of a host as listed in `/sys/class/infiniband_*` at the time of reading. */
export class SysfsDeviceNodes {
  private readonly byHca = new Map<string, ListedNode[]>();
  private readonly rdmaCm: ListedNode | null;

  private constructor(private readonly root: HostRoot) {
    this.rdmaCm = root.exists(root.path('sys', 'class', 'misc', 'rdma_cm'))
      ? { kind: 'rdma_cm', name: 'rdma_cm', path: '/dev/infiniband/rdma_cm', port: null, hca: null }
      : null;
  }

  static async read(root: HostRoot, eventLoop: EventLoopYield): Promise<SysfsDeviceNodes> {
    const nodes = new SysfsDeviceNodes(root);
    for (const folder of nodeClasses) await nodes.readClass(root.path('sys', 'class', folder), eventLoop);
    return nodes;
  }

  /** Returns the nodes of an HCA in `/dev/infiniband`, by kind and name, and a problem for each missing one. */
  of(hca: string): { readonly nodes: readonly DeviceNode[]; readonly problems: readonly Problem[] } {
    const hcaNodes = (this.byHca.get(hca) ?? []).toSorted(compareNodes);
    const listed = this.rdmaCm === null ? hcaNodes : [...hcaNodes, this.rdmaCm];
    const present = new Set(listed.filter((node) => this.isInDev(node)));
    const nodes = [...present].map(({ kind, path, port }) => ({ kind, path, port }));
    const missing = hcaNodes.filter((node) => !present.has(node)).map((node) => missingDeviceNode(hca, node.path));
    const hasUverbs = hcaNodes.some((node) => node.kind === 'uverbs');
    return { nodes, problems: hasUverbs ? missing : [hcaWithoutUverbs(hca), ...missing] };
  }

  /** Returns the problems of nodes that belong to the whole host. */
  hostProblems(): readonly Problem[] {
    return this.rdmaCm === null || this.isInDev(this.rdmaCm) ? [] : [missingDeviceNode(null, this.rdmaCm.path)];
  }

  // The file type is not checked: a captured host has plain files, and devtmpfs creates only devices.
  private isInDev(node: ListedNode): boolean {
    return this.root.exists(this.root.path('dev', 'infiniband', node.name));
  }

  private async readClass(directory: string, eventLoop: EventLoopYield): Promise<void> {
    for (const name of this.root.listNames(directory)) {
      await eventLoop.maybeYield();
      const node = this.readNode(directory, name);
      if (node === null || node.hca === null) continue;
      const siblings = this.byHca.get(node.hca);
      if (siblings === undefined) this.byHca.set(node.hca, [node]);
      else siblings.push(node);
    }
  }

  private readNode(directory: string, name: string): ListedNode | null {
    const kind = nodeKindOf(name);
    const entry = kind === null ? null : this.root.follow(`${directory}/${name}`);
    if (kind === null || entry === null) return null;
    const perPort = kind === 'umad' || kind === 'issm';
    return {
      kind,
      name,
      path: `/dev/infiniband/${name}`,
      port: perPort ? parseCount(this.root.readText(`${entry}/port`)) : null,
      hca: parseText(this.root.readText(`${entry}/ibdev`)),
    };
  }
}

function nodeKindOf(name: string): DeviceNodeKind | null {
  const word = nodeName.exec(name)?.[1];
  return deviceNodeKinds.find((kind) => kind === word) ?? null;
}

function compareNodes(a: ListedNode, b: ListedNode): number {
  const order = deviceNodeKinds.indexOf(a.kind) - deviceNodeKinds.indexOf(b.kind);
  return order === 0 ? compareNaturally(a.name, b.name) : order;
}
