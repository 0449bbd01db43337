// SPDX-License-Identifier: Apache-2.0
import { addressOf, functionOf, guidOf, roleOf } from './test-hca.ts';

/** The device whose shares are named by the address of a PCI function alone. */
interface Owner {
  readonly unit: number;
  /** Whether the program is known to have seen it there. Until then, a newcomer could get the address instead. */
  readonly certain: boolean;
  /** Whether it was there when the program started, and has not been removed since. */
  readonly sinceStart: boolean;
}

/**
 * The identities that a program must give to HCAs while it runs (docs/adr/0020-identity-of-an-hca.md). It is never
 * unclear which device of a function has its address: where two could, `canAdd` and `canRemove` are false.
 */
export class ExpectedIdentities {
  private owners = new Map<number, Owner>();
  /** All identities that an HCA ever had. */
  readonly given = new Set<string>();

  /** A program has started with these HCAs. It knows nothing of earlier ones. */
  programStarted(present: readonly number[]): void {
    this.owners = new Map();
    for (const unit of present.toSorted(compareAtStart)) this.own(unit, true);
    for (const unit of present) this.given.add(this.of(unit));
  }

  canAdd(unit: number): boolean {
    const owner = this.owners.get(functionOf(unit));
    return owner === undefined || owner.certain || owner.unit === unit;
  }

  /** `present` are all HCAs that are there, including this one. */
  canRemove(unit: number, present: readonly number[]): boolean {
    const owner = this.owners.get(functionOf(unit));
    const isAlone = present.every((other) => other === unit || functionOf(other) !== functionOf(unit));
    return owner === undefined || owner.certain || owner.unit !== unit || isAlone;
  }

  added(unit: number): void {
    this.own(unit, false);
    this.given.add(this.of(unit));
  }

  removed(unit: number): void {
    const owner = this.owners.get(functionOf(unit));
    if (owner?.unit === unit) this.owners.set(functionOf(unit), { ...owner, sinceStart: false });
  }

  /** The program has offered shares of this HCA alone. */
  seen(unit: number): void {
    this.confirm((owner) => owner.unit === unit);
  }

  /** The program has offered shares of any HCA since it started, so it has scanned the host. */
  scanned(): void {
    this.confirm(({ sinceStart }) => sinceStart);
  }

  of(unit: number): string {
    const address = addressOf(functionOf(unit));
    return this.owners.get(functionOf(unit))?.unit === unit ? address : `${address}_${guidOf(unit)}`;
  }

  private own(unit: number, sinceStart: boolean): void {
    const place = functionOf(unit);
    if (!this.owners.has(place)) this.owners.set(place, { unit, certain: false, sinceStart });
  }

  private confirm(isSeen: (owner: Owner) => boolean): void {
    for (const [place, owner] of this.owners) if (isSeen(owner)) this.owners.set(place, { ...owner, certain: true });
  }
}

/** Devices for management come last, then the lowest GUID comes first. */
function compareAtStart(a: number, b: number): number {
  const sortKey = (unit: number): string => `${roleOf(unit) === 'management' ? 1 : 0} ${guidOf(unit)}`;
  return sortKey(a) < sortKey(b) ? -1 : 1;
}
