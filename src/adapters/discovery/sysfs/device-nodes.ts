// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { deviceNodeKinds, type DeviceNode, type DeviceNodeKind } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { HostRoot } from '#adapters/host/host-root.ts';
import { hcaWithoutUverbs, missingDeviceNode } from '../problems.ts';
import type { EventLoopYield } from './event-loop-yield.ts';
import { parseCount, parseText } from './attributes.ts';

const nodeName = /^(uverbs|umad|issm|ucm)\d+$/;
// Plain files (`abi_version`) stand beside the entries. Modern kernels have no infiniband_cm; old ones name ucm there.
const nodeClasses = ['infiniband_verbs', 'infiniband_mad', 'infiniband_cm'] as const;

/** A node that sysfs names, whether or not it is in `/dev`. `hca` is null for the one of the whole host, rdma_cm. */
interface NamedNode extends DeviceNode {
  readonly name: string;
  readonly hca: string | null;
}

/** The device nodes of a host as `/sys/class/infiniband_*` named them when this was read. */
export class SysfsDeviceNodes {
  private readonly byHca = new Map<string, NamedNode[]>();
  private readonly rdmaCm: NamedNode | null;

  private constructor(private readonly root: HostRoot) {
    this.rdmaCm = root.exists(root.path('sys', 'class', 'misc', 'rdma_cm'))
      ? { kind: 'rdma_cm', name: 'rdma_cm', path: '/dev/infiniband/rdma_cm', port: null, hca: null }
      : null;
  }

  static async read(root: HostRoot, pace: EventLoopYield): Promise<SysfsDeviceNodes> {
    const nodes = new SysfsDeviceNodes(root);
    for (const folder of nodeClasses) await nodes.readClass(root.path('sys', 'class', folder), pace);
    return nodes;
  }

  /** The nodes of an HCA that are in `/dev/infiniband`, in order of kind and name, and what is wrong with the others. */
  of(hca: string): { readonly nodes: readonly DeviceNode[]; readonly problems: readonly Problem[] } {
    const own = (this.byHca.get(hca) ?? []).toSorted(compareNodes);
    const named = this.rdmaCm === null ? own : [...own, this.rdmaCm];
    const present = new Set(named.filter((node) => this.isInDev(node)));
    const nodes = [...present].map(({ kind, path, port }) => ({ kind, path, port }));
    const problems = own.filter((node) => !present.has(node)).map((node) => missingDeviceNode(hca, node.path));
    return {
      nodes,
      problems: own.some((node) => node.kind === 'uverbs') ? problems : [hcaWithoutUverbs(hca), ...problems],
    };
  }

  /** What is wrong with nodes that belong to the whole host. */
  hostProblems(): readonly Problem[] {
    return this.rdmaCm === null || this.isInDev(this.rdmaCm) ? [] : [missingDeviceNode(null, this.rdmaCm.path)];
  }

  // The type is not judged: a capture of a host holds plain files, and devtmpfs makes nothing else than devices.
  private isInDev(node: NamedNode): boolean {
    return this.root.exists(this.root.path('dev', 'infiniband', node.name));
  }

  private async readClass(directory: string, pace: EventLoopYield): Promise<void> {
    for (const name of this.root.listNames(directory)) {
      await pace.rest();
      const node = this.readNode(directory, name);
      if (node === null || node.hca === null) continue;
      const siblings = this.byHca.get(node.hca);
      if (siblings === undefined) this.byHca.set(node.hca, [node]);
      else siblings.push(node);
    }
  }

  private readNode(directory: string, name: string): NamedNode | null {
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

function compareNodes(a: NamedNode, b: NamedNode): number {
  const order = deviceNodeKinds.indexOf(a.kind) - deviceNodeKinds.indexOf(b.kind);
  return order === 0 ? compareNaturally(a.name, b.name) : order;
}
