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
 * A host in memory. HCAs come, go, break and mend while somebody looks. Device numbers are given as the kernel does
 * it: the lowest free one, kept until the HCA goes. Calls that name an HCA which is not there throw.
 */
export class FakeHost {
  private readonly hcas = new Map<string, FakeHca>();
  private readonly watchers = new Set<() => void>();
  private netnsMode: NetnsMode = 'shared';
  private extra: readonly string[] = [];

  addHca(spec: FakeHcaSpec): void {
    if (this.hcas.has(spec.name)) throw new Error(`FakeHost has an HCA ${spec.name} already: removeHca it first.`);
    this.put(spec);
  }

  removeHca(name: string): void {
    this.hcas.delete(this.get(name).spec.name);
    this.changed();
  }

  /** Takes the HCA's uverbs node out of `/dev`. */
  breakHca(name: string): void {
    this.put({ ...this.get(name).spec, broken: true });
  }

  mendHca(name: string): void {
    this.put({ ...this.get(name).spec, broken: false });
  }

  setPortState(name: string, port: number, state: string): void {
    const { spec } = this.get(name);
    const ports = fakePorts(spec).map((one, index) => ((one.number ?? index + 1) === port ? { ...one, state } : one));
    this.put({ ...spec, ports });
  }

  setNetnsMode(mode: NetnsMode): void {
    this.netnsMode = mode;
    this.changed();
  }

  /** Makes these all the device nodes outside `/dev/infiniband`. */
  setExtraNodes(paths: readonly string[]): void {
    this.extra = paths;
    this.changed();
  }

  /** As the port `ExtraNodes` has it. */
  extraNodes(patterns: readonly string[]): readonly string[] {
    const found = this.extra.filter((path) => patterns.some((pattern) => matchesNodePattern(pattern, path)));
    return [...new Set(found)].toSorted(compareNaturally);
  }

  /** Makes these all the HCAs there are; one that stays keeps its numbers. */
  replaceHcas(specs: readonly FakeHcaSpec[]): void {
    const kept = new Set(specs.map((spec) => spec.name));
    for (const name of this.hcas.keys()) if (!kept.has(name)) this.hcas.delete(name);
    for (const spec of specs) this.put(spec);
  }

  /** Calls `onChange` at each change, at once. */
  watch(onChange: () => void): () => void {
    this.watchers.add(onChange);
    return () => this.watchers.delete(onChange);
  }

  /** The host as it is now, frozen. */
  inventory(): Inventory {
    const found = [...this.hcas.values()].map(look).toSorted((a, b) => compareNaturally(a.hca.name, b.hca.name));
    const problems = found.flatMap((one) => one.problems);
    return deepFreeze({ hcas: found.map((one) => one.hca), netnsMode: this.netnsMode, problems });
  }

  private put(spec: FakeHcaSpec): void {
    this.hcas.set(spec.name, { spec, numbers: this.numbersFor(spec) });
    this.changed();
  }

  private numbersFor(spec: FakeHcaSpec): FakeNumbers {
    const others = [...this.hcas.values()]
      .filter((other) => other.spec.name !== spec.name)
      .map((other) => other.numbers);
    const known = this.hcas.get(spec.name)?.numbers;
    const ports = fakePorts(spec).length;
    return {
      hca: known?.hca ?? lowestFree(others.map((other) => other.hca)),
      mads:
        known?.mads.length === ports
          ? known.mads
          : lowestFreeOnes(
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

function look({ spec, numbers }: FakeHca): { readonly hca: Hca; readonly problems: readonly Problem[] } {
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

function lowestFreeOnes(taken: readonly number[], count: number): readonly number[] {
  const numbers: number[] = [];
  while (numbers.length < count) numbers.push(lowestFree([...taken, ...numbers]));
  return numbers;
}
