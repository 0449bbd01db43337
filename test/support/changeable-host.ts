// SPDX-License-Identifier: Apache-2.0
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fakePorts } from '#adapters/discovery/fake/build-hca.ts';
import type { FakeHcaSpec, IdleFunctionSpec } from '#adapters/discovery/fake/hca-spec.ts';
import { FakeHost } from '#adapters/discovery/fake/host.ts';
import type { Inventory, NetnsMode } from '#domain/hca/hca.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';

/**
 * A host in memory whose HCAs can be added, removed, broken and repaired. Methods throw for an HCA that does not exist.
 */
export class ChangeableHost extends FakeHost {
  private readonly specs = new Map<string, FakeHcaSpec>();
  private readonly watchers = new Set<() => void>();
  private netnsMode: NetnsMode = 'shared';
  private extraPaths: readonly string[] = [];
  private idle: readonly IdleFunctionSpec[] = [];

  addHca(spec: FakeHcaSpec): void {
    if (this.specs.has(spec.name)) throw new Error(`The host already has an HCA ${spec.name}: call removeHca first.`);
    this.put(spec);
  }

  removeHca(name: string): void {
    this.specs.delete(this.get(name).name);
    this.changed();
  }

  /** Removes the HCA's uverbs node from `/dev`. */
  breakHca(name: string): void {
    this.put({ ...this.get(name), broken: true });
  }

  repairHca(name: string): void {
    this.put({ ...this.get(name), broken: false });
  }

  setPortState(name: string, port: number, state: string): void {
    const spec = this.get(name);
    const ports = fakePorts(spec).map((portSpec, index) =>
      (portSpec.number ?? index + 1) === port ? { ...portSpec, state } : portSpec,
    );
    this.put({ ...spec, ports });
  }

  setNetnsMode(mode: NetnsMode): void {
    this.netnsMode = mode;
    this.changed();
  }

  /** Replaces all device nodes outside `/dev/infiniband`. */
  setExtraNodes(paths: readonly string[]): void {
    this.extraPaths = paths;
    this.changed();
  }

  /** Replaces all PCI functions without an RDMA device. */
  setIdleFunctions(specs: readonly IdleFunctionSpec[]): void {
    this.idle = specs;
    this.changed();
  }

  /** Calls `onChange` synchronously at each change. */
  watch(onChange: () => void): () => void {
    this.watchers.add(onChange);
    return () => this.watchers.delete(onChange);
  }

  private put(spec: FakeHcaSpec): void {
    this.specs.set(spec.name, spec);
    this.changed();
  }

  private get(name: string): FakeHcaSpec {
    const spec = this.specs.get(name);
    if (spec !== undefined) return spec;
    const names = [...this.specs.keys()].join(', ') || 'none';
    throw new Error(`The host has no HCA ${name} (it has: ${names}): call addHca({ name: '${name}' }) first.`);
  }

  private changed(): void {
    this.replace({
      hcas: [...this.specs.values()],
      netnsMode: this.netnsMode,
      extraNodes: this.extraPaths,
      idleFunctions: this.idle,
    });
    for (const onChange of this.watchers) onChange();
  }
}

/** Finds the HCAs of a host in memory. As on a real host, the scan happens after the call. */
export class ChangeableHostDiscovery implements HcaDiscovery, HcaChangeHints {
  constructor(private readonly host: ChangeableHost) {}

  async scan(): Promise<Inventory> {
    await nextTurn();
    return this.host.inventory();
  }

  watch(onHint: () => void): () => void {
    let watching = true;
    const unwatch = this.host.watch(() => {
      setImmediate(() => {
        if (watching) onHint();
      });
    });
    return () => {
      watching = false;
      unwatch();
    };
  }

  /** Nothing more: `watch` reports changes of links as well. */
  watchLinks(): () => void {
    return () => {};
  }
}

/** The extra nodes of a host in memory. A watch of the host reports their changes too. */
export class ChangeableHostExtraNodes implements ExtraNodes {
  constructor(private readonly host: ChangeableHost) {}

  async find(patterns: readonly string[]): Promise<readonly string[]> {
    await nextTurn();
    return this.host.extraNodes(patterns);
  }

  watch(_patterns: readonly string[], onHint: () => void): () => void {
    return new ChangeableHostDiscovery(this.host).watch(onHint);
  }
}
