// SPDX-License-Identifier: Apache-2.0

/** An HCA of the host under test. */
export interface TestHca {
  readonly number: number;
  readonly name: string;
  readonly vendor: Vendor;
  /** Whether its uverbs node is in `/dev/infiniband`. */
  readonly uverbs: boolean;
  /** Whether its umad node is in `/dev/infiniband`. */
  readonly umad: boolean;
  /** The state of its port. Null if the state cannot be read. */
  readonly port: 'ACTIVE' | 'DOWN' | null;
}

export const maxHcas = 5;

/** Returns the PCI address of an HCA. It identifies the HCA's shares, whatever its name is. */
export function addressOf(number: number): string {
  return `0000:${(0x3b + number).toString(16)}:00.0`;
}

export const vendors = ['15b3', '8086'] as const;
export type Vendor = (typeof vendors)[number];

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
 * it.
 */
export abstract class TestHost {
  private readonly hcasByNumber = new Map<number, TestHca>();
  protected current: HostState = { exclusive: false, classPresent: true, nodesPresent: true };

  get hcas(): readonly TestHca[] {
    return [...this.hcasByNumber.values()].toSorted((a, b) => a.number - b.number);
  }

  get state(): HostState {
    return this.current;
  }

  /** Returns the HCAs of these vendors that user space can open. */
  usable(wanted: readonly Vendor[]): readonly TestHca[] {
    const { exclusive, classPresent, nodesPresent } = this.current;
    if (exclusive || !classPresent || !nodesPresent) return [];
    return this.hcas.filter((hca) => hca.uverbs && wanted.includes(hca.vendor));
  }

  add(hca: TestHca): void {
    this.hcasByNumber.set(hca.number, hca);
    this.writeAdded(hca);
  }

  remove(hca: TestHca): void {
    this.hcasByNumber.delete(hca.number);
    this.writeRemoved(hca);
  }

  change(hca: TestHca, change: Partial<Pick<TestHca, 'uverbs' | 'umad' | 'port'>>): void {
    this.hcasByNumber.set(hca.number, { ...hca, ...change });
    this.writeHcas();
  }

  setState(change: Partial<HostState>): void {
    const before = this.current;
    this.current = { ...before, ...change };
    this.writeState(before);
  }

  /** The command line arguments with which the program discovers this host. */
  abstract readonly words: readonly string[];
  abstract close(): void;
  /** Returns the uverbs and umad nodes that a share of these HCAs grants, or null if their numbers are not known. */
  abstract nodePaths(hcas: readonly TestHca[]): readonly string[] | null;
  protected abstract writeAdded(hca: TestHca): void;
  protected abstract writeRemoved(hca: TestHca): void;
  protected abstract writeHcas(): void;
  protected abstract writeState(before: HostState): void;
}
