// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { matchesNodePattern } from '#domain/hca/device-node-path.ts';
import type { Hca, Inventory, NetnsMode } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import { buildFakeHca, fakePorts, type FakeNumbers } from './build-hca.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { hcaWithoutUverbs, missingDeviceNode } from '../problems.ts';
import type { FakeHcaSpec } from './hca-spec.ts';

interface FakeHca {
  readonly spec: FakeHcaSpec;
  readonly numbers: FakeNumbers;
}

/**
 * A host in memory whose HCAs can be added, removed, broken and repaired. Device numbers are assigned as by the kernel:
 * the lowest free one, kept until the HCA is removed. Methods throw for an HCA that does not exist.
 */
export class FakeHost {
  private readonly hcas = new Map<string, FakeHca>();
  private readonly watchers = new Set<() => void>();
  private netnsMode: NetnsMode = 'shared';
  private extraPaths: readonly string[] = [];

  addHca(spec: FakeHcaSpec): void {
    if (this.hcas.has(spec.name)) throw new Error(`FakeHost already has an HCA ${spec.name}: call removeHca first.`);
    this.put(spec);
  }

  removeHca(name: string): void {
    this.hcas.delete(this.get(name).spec.name);
    this.changed();
  }

  /** Removes the HCA's uverbs node from `/dev`. */
  breakHca(name: string): void {
    this.put({ ...this.get(name).spec, broken: true });
  }

  repairHca(name: string): void {
    this.put({ ...this.get(name).spec, broken: false });
  }

  setPortState(name: string, port: number, state: string): void {
    const { spec } = this.get(name);
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

  /** As `ExtraNodes.find`. */
  extraNodes(patterns: readonly string[]): readonly string[] {
    const found = this.extraPaths.filter((path) => patterns.some((pattern) => matchesNodePattern(pattern, path)));
    return [...new Set(found)].toSorted(compareNaturally);
  }

  /** Replaces all HCAs. An HCA whose name stays keeps its numbers. */
  replaceHcas(specs: readonly FakeHcaSpec[]): void {
    const kept = new Set(specs.map((spec) => spec.name));
    for (const name of this.hcas.keys()) if (!kept.has(name)) this.hcas.delete(name);
    for (const spec of specs) this.put(spec);
  }

  /** Calls `onChange` synchronously at each change. */
  watch(onChange: () => void): () => void {
    this.watchers.add(onChange);
    return () => this.watchers.delete(onChange);
  }

  /** The current inventory, frozen. */
  inventory(): Inventory {
    const scans = [...this.hcas.values()].map(scanHca).toSorted((a, b) => compareNaturally(a.hca.name, b.hca.name));
    const problems = scans.flatMap((scan) => scan.problems);
    return deepFreeze({ hcas: scans.map((scan) => scan.hca), netnsMode: this.netnsMode, problems });
  }

  private put(spec: FakeHcaSpec): void {
    this.hcas.set(spec.name, { spec, numbers: this.numbersFor(spec) });
    this.changed();
  }

  private numbersFor(spec: FakeHcaSpec): FakeNumbers {
    const others = [...this.hcas.values()]
      .filter((other) => other.spec.name !== spec.name)
      .map((other) => other.numbers);
    const current = this.hcas.get(spec.name)?.numbers;
    const ports = fakePorts(spec).length;
    return {
      hca: current?.hca ?? lowestFree(others.map((other) => other.hca)),
      mads:
        current?.mads.length === ports
          ? current.mads
          : lowestFreeNumbers(
              others.flatMap((other) => other.mads),
              ports,
            ),
    };
  }

  private get(name: string): FakeHca {
    const hca = this.hcas.get(name);
    if (hca !== undefined) return hca;
    const names = [...this.hcas.keys()].join(', ') || 'none';
    throw new Error(`FakeHost has no HCA ${name} (it has: ${names}): call addHca({ name: '${name}' }) first.`);
  }

  private changed(): void {
    for (const onChange of this.watchers) onChange();
  }
}

function scanHca({ spec, numbers }: FakeHca): { readonly hca: Hca; readonly problems: readonly Problem[] } {
  const whole = buildFakeHca(spec, numbers);
  const uverbs = whole.deviceNodes.filter((node) => node.kind === 'uverbs');
  if (uverbs.length === 0) return { hca: whole, problems: [hcaWithoutUverbs(spec.name)] };
  if (spec.broken !== true) return { hca: whole, problems: [] };
  const hca = { ...whole, deviceNodes: whole.deviceNodes.filter((node) => node.kind !== 'uverbs') };
  return { hca, problems: uverbs.map((node) => missingDeviceNode(spec.name, node.path)) };
}

function lowestFree(taken: readonly number[]): number {
  const used = new Set(taken);
  let number = 0;
  while (used.has(number)) number += 1;
  return number;
}

function lowestFreeNumbers(taken: readonly number[], count: number): readonly number[] {
  const numbers: number[] = [];
  while (numbers.length < count) numbers.push(lowestFree([...taken, ...numbers]));
  return numbers;
}
