// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { matchesNodePattern } from '#domain/hca/device-node-path.ts';
import type { Hca, Inventory, NetnsMode } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import { buildFakeHca, fakePorts, type FakeNumbers } from './build-hca.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { byName } from '../order.ts';
import { hcaWithoutUverbs, missingDeviceNode } from '../problems.ts';
import type { FakeHcaSpec } from './hca-spec.ts';

/** Everything that a fake host has. Extra nodes are device nodes outside `/dev/infiniband`. */
export interface FakeHardware {
  readonly hcas: readonly FakeHcaSpec[];
  readonly netnsMode: NetnsMode;
  readonly extraNodes: readonly string[];
}

interface FakeHca {
  readonly spec: FakeHcaSpec;
  readonly numbers: FakeNumbers;
}

/**
 * A host in memory. Device numbers are assigned as by the kernel: the lowest free one, kept until the HCA is removed.
 */
export class FakeHost {
  private readonly hcas = new Map<string, FakeHca>();
  private hardware: FakeHardware = { hcas: [], netnsMode: 'shared', extraNodes: [] };

  /** Replaces everything. An HCA whose name stays keeps its numbers. */
  replace(hardware: FakeHardware): void {
    this.hardware = hardware;
    const kept = new Set(hardware.hcas.map(({ name }) => name));
    for (const name of this.hcas.keys()) if (!kept.has(name)) this.hcas.delete(name);
    for (const spec of hardware.hcas) this.hcas.set(spec.name, { spec, numbers: this.numbersFor(spec) });
  }

  /** As `ExtraNodes.find`. */
  extraNodes(patterns: readonly string[]): readonly string[] {
    const { extraNodes } = this.hardware;
    const found = extraNodes.filter((path) => patterns.some((pattern) => matchesNodePattern(pattern, path)));
    return [...new Set(found)].toSorted(compareNaturally);
  }

  /** The current inventory, frozen. */
  inventory(): Inventory {
    const scans = [...this.hcas.values()].map(scanHca).toSorted((a, b) => byName(a.hca, b.hca));
    return deepFreeze({
      hcas: scans.map(({ hca }) => hca),
      netnsMode: this.hardware.netnsMode,
      problems: scans.flatMap(({ problems }) => problems),
    });
  }

  private numbersFor(spec: FakeHcaSpec): FakeNumbers {
    const current = this.hcas.get(spec.name)?.numbers;
    const others = [...this.hcas.values()].filter((hca) => hca.spec.name !== spec.name).map(({ numbers }) => numbers);
    const ports = fakePorts(spec).length;
    const takenMads = others.flatMap(({ mads }) => mads);
    return {
      hca: current?.hca ?? lowestFree(others.map(({ hca }) => hca)),
      mads: current?.mads.length === ports ? current.mads : lowestFreeNumbers(takenMads, ports),
    };
  }
}

function scanHca({ spec, numbers }: FakeHca): { readonly hca: Hca; readonly problems: readonly Problem[] } {
  const whole = buildFakeHca(spec, numbers);
  const uverbs = whole.deviceNodes.filter((node) => node.kind === 'uverbs');
  if (uverbs.length === 0) return { hca: whole, problems: whole.managementOnly ? [] : [hcaWithoutUverbs(spec.name)] };
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
