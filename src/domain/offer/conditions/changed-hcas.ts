// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '../../collections/group-by.ts';
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

interface OfferOfHca {
  readonly hca: string;
  readonly offer: Offer;
}

/** Finds the HCAs that have changed under the containers that hold them. Most plans have none. */
export class ChangedHcas {
  private offersByHca: ReadonlyMap<string, readonly OfferOfHca[]> | null = null;
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
    return [{ hca, resources, cause: { kind: 'changed', before } }];
  }

  private offersOf({ name }: Hca): readonly Offer[] {
    this.offersByHca ??= groupBy(
      this.evidence.offers.flatMap((offer) => offer.hcas.map((hca) => ({ hca: hca.name, offer }))),
      ({ hca }) => hca,
    );
    return (this.offersByHca.get(name) ?? []).map(({ offer }) => offer);
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

/** A new name alone matters only to containers that have the old one in their environment. */
function holdsOldState(
  { env }: ResourceSettings,
  { hca, change, isMoved }: { readonly hca: Hca; readonly change: HcaChange; readonly isMoved: boolean },
): boolean {
  return change.wasAbsent || isMoved || (env && change.name !== hca.name);
}
