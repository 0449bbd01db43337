// SPDX-License-Identifier: Apache-2.0
import { ExpectedIdentities } from './expected-identities.ts';
import { type TestHca, functionOf, netdevOf } from './test-hca.ts';
import type { TestResource } from './test-settings.ts';

/** The state of the host as a whole. */
export interface HostState {
  /** Whether the RDMA subsystem is in exclusive network namespace mode. */
  readonly exclusive: boolean;
  /** Whether `/sys/class/infiniband` exists. */
  readonly classPresent: boolean;
  /** Whether `/dev/infiniband` exists. */
  readonly nodesPresent: boolean;
}

/**
 * A host whose HCAs the campaign changes. It knows its true state, so that the program's offers can be compared with
 * it, and what the program has to remember of earlier states.
 */
export abstract class TestHost {
  private readonly hcasByUnit = new Map<number, TestHca>();
  /** The HCAs that have had each name. */
  private readonly formerNames = new Map<string, Set<number>>();
  /** The HCAs whose netdev the program has seen, so that it must remember it while it is away. */
  private readonly remembered = new Set<number>();
  readonly identities = new ExpectedIdentities();
  protected current: HostState = { exclusive: false, classPresent: true, nodesPresent: true };

  get hcas(): readonly TestHca[] {
    return [...this.hcasByUnit.values()].toSorted((a, b) => a.unit - b.unit);
  }

  get state(): HostState {
    return this.current;
  }

  /** Returns the HCAs that the resource selects and that user space can open. */
  usable(resource: TestResource): readonly TestHca[] {
    const { exclusive, classPresent, nodesPresent } = this.current;
    if (exclusive || !classPresent || !nodesPresent) return [];
    return this.hcas.filter((hca) => hca.uverbs && this.selects(resource, hca));
  }

  private selects({ vendors, form, functions }: TestResource, hca: TestHca): boolean {
    if (!vendors.includes(hca.vendor)) return false;
    if (form !== 'netdevs') return true;
    const isKnown = !hca.netdevAway || this.remembered.has(hca.unit);
    return isKnown && netdevOf(hca.unit) !== null && functions.includes(functionOf(hca.unit));
  }

  /**
   * Returns the lowest number that no HCA has, as the kernel does, and a name. No HCA gets a name that another one on
   * its function has had: to the program, it would be that HCA with a new GUID.
   */
  freeNames(unit: number): Pick<TestHca, 'name' | 'number'> {
    const numbers = new Set(this.hcas.map(({ number }) => number));
    let number = 0;
    while (numbers.has(number)) number += 1;
    let index = this.hcas.length;
    while (!this.canBeNamed(unit, `mlx5_${index}`)) index += 1;
    return { number, name: `mlx5_${index}` };
  }

  canBeNamed(unit: number, name: string): boolean {
    const former = [...(this.formerNames.get(name) ?? [])];
    return (
      this.hcas.every((hca) => hca.name !== name) &&
      former.every((other) => other === unit || functionOf(other) !== functionOf(unit))
    );
  }

  canRemove({ unit }: TestHca): boolean {
    return this.identities.canRemove(
      unit,
      this.hcas.map((hca) => hca.unit),
    );
  }

  /** A program has started, which knows nothing of the past. */
  programStarted(): void {
    this.remembered.clear();
    this.identities.programStarted(this.hcas.map(({ unit }) => unit));
  }

  /** The program has selected the HCA by its netdev. */
  netdevSeen({ unit, netdevAway }: TestHca): void {
    if (!netdevAway) this.remembered.add(unit);
  }

  /** Whether the program must keep the HCA selected when its netdev moves away. */
  remembersNetdev({ unit }: TestHca): boolean {
    return this.remembered.has(unit);
  }

  add(hca: TestHca): void {
    this.hcasByUnit.set(hca.unit, hca);
    this.formerNames.set(hca.name, (this.formerNames.get(hca.name) ?? new Set()).add(hca.unit));
    this.identities.added(hca.unit);
    this.writeAdded(hca);
  }

  remove(hca: TestHca): void {
    this.hcasByUnit.delete(hca.unit);
    this.remembered.delete(hca.unit);
    this.identities.removed(hca.unit);
    this.writeRemoved(hca);
  }

  change(hca: TestHca, change: Partial<Pick<TestHca, 'uverbs' | 'umad' | 'port' | 'netdevAway'>>): void {
    this.hcasByUnit.set(hca.unit, { ...hca, ...change });
    this.writeHcas();
  }

  setState(change: Partial<HostState>): void {
    const before = this.current;
    this.current = { ...before, ...change };
    if (!this.current.classPresent) this.remembered.clear();
    this.writeState(before);
  }

  /** Returns the uverbs and umad nodes that a share of these HCAs grants. */
  nodePaths(hcas: readonly TestHca[]): readonly string[] {
    return hcas.flatMap((hca) => nodesOf(hca).map((node) => `/dev/infiniband/${node}`));
  }

  /** The command line arguments with which the program discovers this host. */
  abstract readonly words: readonly string[];
  /**
   * Returns the paths of the files of an HCA whose reads ask its driver. Empty if the host has no such files, or the
   * HCA's cannot be read now.
   */
  abstract driverFiles(hca: TestHca): readonly string[];
  abstract close(): void;
  protected abstract writeAdded(hca: TestHca): void;
  protected abstract writeRemoved(hca: TestHca): void;
  protected abstract writeHcas(): void;
  protected abstract writeState(before: HostState): void;
}

/** Returns the names of the nodes of an HCA that are present. */
export function nodesOf({ number, uverbs, umad }: Pick<TestHca, 'number' | 'uverbs' | 'umad'>): readonly string[] {
  return [...(uverbs ? [`uverbs${number}`] : []), ...(umad ? [`umad${number * 10}`] : [])];
}
