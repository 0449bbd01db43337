// SPDX-License-Identifier: Apache-2.0

/** One HCA as the suite knows it. `uverbs` and `umad`: whether these nodes are in `/dev/infiniband`; `port`: what its state reads, null where that fails. */
export interface StagedHca {
  readonly number: number;
  readonly name: string;
  readonly vendor: Vendor;
  readonly uverbs: boolean;
  readonly umad: boolean;
  readonly port: 'ACTIVE' | 'DOWN' | null;
}

export const mostHcas = 5;

/** By which the shares of an HCA are told apart, whatever its name. */
export function addressOf(number: number): string {
  return `0000:${(0x3b + number).toString(16)}:00.0`;
}

export const vendors = ['15b3', '8086'] as const;
export type Vendor = (typeof vendors)[number];

/** What the kernel of the host says as a whole. */
export interface HostState {
  readonly exclusive: boolean;
  /** Whether `/sys/class/infiniband` is there. */
  readonly classThere: boolean;
  /** Whether `/dev/infiniband` is there. */
  readonly nodesThere: boolean;
}

/** A host on which the kernel's part is played. Keeps what it played, which is what a plan has to follow. */
export abstract class HostStage {
  protected readonly staged = new Map<number, StagedHca>();
  protected general: HostState = { exclusive: false, classThere: true, nodesThere: true };

  get hcas(): readonly StagedHca[] {
    return [...this.staged.values()].toSorted((a, b) => a.number - b.number);
  }

  get state(): HostState {
    return this.general;
  }

  /** The HCAs of these vendors that user space can open. */
  usable(wanted: readonly Vendor[]): readonly StagedHca[] {
    const { exclusive, classThere, nodesThere } = this.general;
    if (exclusive || !classThere || !nodesThere) return [];
    return this.hcas.filter((hca) => hca.uverbs && wanted.includes(hca.vendor));
  }

  add(hca: StagedHca): void {
    this.staged.set(hca.number, hca);
    this.showNew(hca);
  }

  remove(hca: StagedHca): void {
    this.staged.delete(hca.number);
    this.showGone(hca);
  }

  change(hca: StagedHca, change: Partial<Pick<StagedHca, 'uverbs' | 'umad' | 'port'>>): void {
    this.staged.set(hca.number, { ...hca, ...change });
    this.showChange();
  }

  setState(change: Partial<HostState>): void {
    const before = this.general;
    this.general = { ...before, ...change };
    this.showState(before);
  }

  /** The words of the program's command line that make it look at this host. */
  abstract readonly words: readonly string[];
  abstract close(): void;
  /** The uverbs and umad nodes that a share of these HCAs grants, where their numbers are known; else null. */
  abstract nodePaths(hcas: readonly StagedHca[]): readonly string[] | null;
  protected abstract showNew(hca: StagedHca): void;
  protected abstract showGone(hca: StagedHca): void;
  protected abstract showChange(): void;
  protected abstract showState(before: HostState): void;
}
