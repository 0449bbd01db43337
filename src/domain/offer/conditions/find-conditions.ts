// SPDX-License-Identifier: Apache-2.0
import type { Inventory } from '../../hca/hca.ts';
import type { IncompleteHcas } from '../../hca/incomplete.ts';
import type { HcaPresence } from '../../hca/presence.ts';
import { mismatchOf } from '../../naming/expand-resources.ts';
import { selectsFunction } from '../../selection/select-function.ts';
import type { ResourceSettings } from '../../settings/settings.ts';
import type { Offer } from '../offer.ts';
import type { Verdict } from '../verdict.ts';
import { ChangedHcas } from './changed-hcas.ts';
import { type HcaCause, type HcaCondition, addressOf } from './condition.ts';
import { mayStillBeHeld } from './time-limit.ts';

/** What the conditions of HCAs follow from. */
export interface ConditionEvidence {
  readonly settings: readonly ResourceSettings[];
  readonly offers: readonly Offer[];
  readonly inventory: Inventory;
  readonly incomplete: IncompleteHcas;
  readonly presence: HcaPresence;
  /** Milliseconds of the clock. */
  readonly now: number;
}

/** Returns the conditions of all HCAs that the settings select. */
export function findConditions(evidence: ConditionEvidence): readonly HcaCondition[] {
  const changed = new ChangedHcas(evidence);
  const gone = goneConditions(evidence);
  return [
    ...verdictConditions(evidence),
    ...gone,
    ...[...evidence.presence.values()].flatMap((record) => changed.conditionOf(record)),
    ...idleConditions(evidence, new Set(gone.map(addressOf))),
  ];
}

/** One condition for each HCA and cause: resources can require different nodes and states. */
function verdictConditions({ offers, inventory, incomplete }: ConditionEvidence): readonly HcaCondition[] {
  const hcas = new Map(inventory.hcas.map((hca) => [hca.name, hca]));
  const found = new Map<string, HcaCondition & { readonly resources: string[] }>();
  // The resources of one template share their verdicts.
  for (const verdict of [...new Set(offers.map(({ verdicts }) => verdicts))].flat()) {
    const { selection } = verdict;
    const hca = hcas.get(verdict.hca);
    const cause = causeOf(verdict);
    if (!selection.selected || hca === undefined || cause === null || incomplete.has(hca.name)) continue;
    const key = JSON.stringify([hca.name, cause]);
    const known = found.get(key);
    if (known !== undefined) known.resources.push(selection.resource);
    else found.set(key, { hca, cause, resources: [selection.resource] });
  }
  return [...found.values()];
}

function causeOf({ unhealthy, missing }: Verdict): HcaCause | null {
  if (unhealthy === null) return null;
  return unhealthy === 'nodes-missing' ? { kind: unhealthy, missing } : { kind: 'unhealthy', reason: unhealthy };
}

function goneConditions({ settings, presence, inventory, now }: ConditionEvidence): readonly HcaCondition[] {
  const idle = new Map((inventory.idleFunctions ?? []).map((one) => [one.pci.address, one]));
  return [...presence.values()].flatMap(({ hca, absentSince }) => {
    if (absentSince === null) return [];
    const isSelecting = (entry: ResourceSettings): boolean =>
      mayStillBeHeld(entry, absentSince, now) && mismatchOf(hca, entry) === null;
    const resources = settings.filter(isSelecting).map(({ name }) => name);
    return resources.length === 0
      ? []
      : [{ hca, resources, cause: { kind: 'gone', idle: idle.get(hca.pci?.address ?? '') ?? null } as const }];
  });
}

/** Skips the functions of HCAs that are gone, which are reported already. */
function idleConditions(
  { settings, inventory }: ConditionEvidence,
  gone: ReadonlySet<string | null>,
): readonly HcaCondition[] {
  return (inventory.idleFunctions ?? []).flatMap((idle) => {
    const selecting = settings.filter((entry) => selectsFunction(entry, idle, inventory.hcas));
    if (selecting.length === 0 || gone.has(idle.pci.address)) return [];
    const resources = selecting.map(({ name }) => name);
    return [{ hca: null, resources, cause: { kind: 'no-rdma-device', idle } as const }];
  });
}
