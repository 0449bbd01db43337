// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../../hca/hca.ts';
import type { HcaChange, HcaRecord } from '../../hca/presence.ts';
import type { ResourceSettings } from '../../settings/settings.ts';
import type { Offer } from '../offer.ts';
import type { HcaCondition } from './condition.ts';
import { mayStillBeHeld } from './time-limit.ts';

/** What is needed to judge changed HCAs. */
interface ChangeEvidence {
  readonly offers: readonly Offer[];
  readonly inventory: { readonly hcas: readonly Hca[] };
  /** Milliseconds of the clock. */
  readonly now: number;
}

/** Finds the HCAs that have changed under the containers that hold them. Most plans have none. */
export class ChangedHcas {
  private offersByHca: ReadonlyMap<string, readonly Offer[]> | null = null;
  private ownersByPath: ReadonlyMap<string, Hca> | null = null;

  constructor(private readonly evidence: ChangeEvidence) {}

  conditionOf({ hca, absentSince, change, nodes }: HcaRecord): readonly HcaCondition[] {
    if (change === null || absentSince !== null) return [];
    const isMoved = change.nodes.some(({ path }) => !nodes.some((node) => node.path === path));
    const isStale = ({ settings }: Offer): boolean =>
      holdsOldState(settings, { hca, change, isMoved }) && mayStillBeHeld(settings, change.at, this.evidence.now);
    const resources = this.offersOf(hca)
      .filter(isStale)
      .map(({ resource }) => resource);
    if (resources.length === 0) return [];
    const reused = change.nodes.flatMap(({ path }) => this.otherOwner(path, hca));
    const before = { ...change, reused, holders: null };
    return [{ hca, address: hca.pci?.address ?? null, resources, cause: { kind: 'changed', before } }];
  }

  private offersOf({ name }: Hca): readonly Offer[] {
    this.offersByHca ??= indexOffers(this.evidence.offers);
    return this.offersByHca.get(name) ?? [];
  }

  /** Returns the other HCA that a device node belongs to now, if there is one. */
  private otherOwner(path: string, hca: Hca): readonly { readonly path: string; readonly owner: Hca }[] {
    this.ownersByPath ??= new Map(
      this.evidence.inventory.hcas.flatMap((one) => one.deviceNodes.map((node) => [node.path, one] as const)),
    );
    const owner = this.ownersByPath.get(path);
    return owner === undefined || owner.name === hca.name ? [] : [{ path, owner }];
  }
}

function indexOffers(offers: readonly Offer[]): ReadonlyMap<string, readonly Offer[]> {
  const index = new Map<string, Offer[]>();
  for (const offer of offers)
    for (const { name } of offer.hcas) {
      const known = index.get(name);
      if (known === undefined) index.set(name, [offer]);
      else known.push(offer);
    }
  return index;
}

/** A new name alone matters only to containers that have the old one in their environment. */
function holdsOldState(
  { env }: ResourceSettings,
  { hca, change, isMoved }: { readonly hca: Hca; readonly change: HcaChange; readonly isMoved: boolean },
): boolean {
  return change.wasAbsent || isMoved || (env && change.name !== hca.name);
}
