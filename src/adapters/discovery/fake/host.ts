// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { matchesNodePattern } from '#domain/hca/device-node-path.ts';
import type { DeviceNode, Hca, IdleFunction, Inventory, NetnsMode } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import { buildFakeHca, fakePorts, type FakeNumbers } from './build-hca.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { byAddress, byName } from '../order.ts';
import { hcasWithoutUverbs, missingDeviceNodes } from '../problems.ts';
import type { FakeHcaSpec, IdleFunctionSpec } from './hca-spec.ts';

/** Everything that a fake host has. Extra nodes are device nodes outside `/dev/infiniband`. */
export interface FakeHardware {
  readonly hcas: readonly FakeHcaSpec[];
  readonly netnsMode: NetnsMode;
  readonly extraNodes: readonly string[];
  /** PCI functions without an RDMA device. */
  readonly idleFunctions: readonly IdleFunctionSpec[];
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
  private hardware: FakeHardware = { hcas: [], netnsMode: 'shared', extraNodes: [], idleFunctions: [] };

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
    const { netnsMode, idleFunctions } = this.hardware;
    const scans = [...this.hcas.values()].map(scanHca).toSorted((a, b) => byName(a.hca, b.hca));
    return deepFreeze({
      hcas: scans.map(({ hca }) => hca),
      netnsMode,
      problems: problemsOf(scans),
      ...(idleFunctions.length > 0 && { idleFunctions: idleFunctions.map(buildIdleFunction).toSorted(byAddress) }),
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

function buildIdleFunction({ pciAddress, vendor, deviceId, ...others }: IdleFunctionSpec): IdleFunction {
  const fixed = { classCode: '020000', functionKind: 'pf', physicalFunction: null } as const;
  return { pci: { address: pciAddress, vendor, deviceId, ...fixed }, ...others };
}

interface FakeScan {
  readonly hca: Hca;
  /** The paths of all its uverbs nodes, and of those that are missing. */
  readonly uverbs: readonly string[];
  readonly missing: readonly string[];
}

function scanHca({ spec, numbers }: FakeHca): FakeScan {
  const whole = buildFakeHca(spec, numbers);
  const isUverbs = ({ kind }: DeviceNode): boolean => kind === 'uverbs';
  const uverbs = whole.deviceNodes.filter(isUverbs).map(({ path }) => path);
  if (spec.broken !== true) return { hca: whole, uverbs, missing: [] };
  const hca = { ...whole, deviceNodes: whole.deviceNodes.filter((node) => !isUverbs(node)) };
  return { hca, uverbs, missing: uverbs };
}

function problemsOf(scans: readonly FakeScan[]): readonly Problem[] {
  const without = scans.filter(({ hca, uverbs }) => uverbs.length === 0 && !hca.managementOnly);
  const missing = scans.flatMap(({ hca, missing: paths }) => paths.map((path) => ({ hca: hca.name, path })));
  const isLoaded = scans.some(({ uverbs }) => uverbs.length > 0);
  return [
    ...hcasWithoutUverbs(
      without.map(({ hca }) => hca.name),
      isLoaded,
    ),
    ...missingDeviceNodes(missing),
  ];
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
