// SPDX-License-Identifier: Apache-2.0
import type { HcaPresence } from '../../hca/presence.ts';
import type { ResourceSettings } from '../../settings/settings.ts';

/** Whether a pod may still hold what a resource offered until `since`, according to the settings. */
export function mayStillBeHeld(entry: ResourceSettings, since: number, now: number): boolean {
  return heldUntil(entry, since) > now;
}

function heldUntil({ health }: ResourceSettings, since: number): number {
  return since + health.forgetAfterSeconds * 1000;
}

interface TimedEvidence {
  readonly settings: readonly ResourceSettings[];
  readonly presence: HcaPresence;
  /** Milliseconds of the clock. */
  readonly now: number;
}

/** Returns when the next absence or change is too old to be reported, in milliseconds of the clock; or `Infinity`. */
export function nextTimeLimit({ settings, presence, now }: TimedEvidence): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { absentSince, change } of presence.values()) {
    for (const since of [absentSince, change?.at ?? null]) {
      if (since === null) continue;
      for (const end of settings.map((entry) => heldUntil(entry, since))) if (end > now) next = Math.min(next, end);
    }
  }
  return next;
}
