// SPDX-License-Identifier: Apache-2.0
import { ProblemError, problemsOf } from '#domain/problem/problem.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import type { Clock } from '#ports/clock.ts';
import type { ResourcePublisher } from '#ports/resource-publisher.ts';
import type { ActiveSettings } from './settings/active-settings.ts';
import type { HostScan } from './host/scan.ts';
import type { SettingsFollower } from './settings/follower.ts';

/** An inventory older than this is not used for the first plan. */
const freshMs = 1_000;

export interface StartUpParts {
  readonly follower: SettingsFollower;
  readonly scan: HostScan;
  readonly publisher: ResourcePublisher;
  readonly clock: Clock;
}

export interface FirstState {
  readonly active: ActiveSettings;
  readonly inventory: Inventory;
}

interface FirstScan {
  readonly inventory: Inventory;
  readonly finishedAt: number;
}

/**
 * Gets what the first plan needs. The scan runs while the settings are read, because startup time matters. Waits for
 * settings that may still come; null if it was stopped meanwhile. Rejects with a ProblemError of the settings, or else
 * of the host and the kubelet directories together.
 */
export async function startUp(parts: StartUpParts): Promise<FirstState | null> {
  const [settings, host] = await Promise.allSettled([
    parts.follower.first(),
    allOrProblems([firstScan(parts), parts.publisher.start()]),
  ]);
  const active = valueOf(settings);
  const [{ inventory, finishedAt }] = valueOf(host);
  if (active === null) return null;
  const isFresh = parts.clock.now() - finishedAt <= freshMs;
  return { active, inventory: isFresh ? inventory : await parts.scan.scanAtStart() };
}

async function firstScan({ scan, clock }: StartUpParts): Promise<FirstScan> {
  const inventory = await scan.scanAtStart();
  return { inventory, finishedAt: clock.now() };
}

function valueOf<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

/** As Promise.all, but if both fail it rejects with the problems of both. A defect takes precedence. */
async function allOrProblems<A, B>(works: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  const outcomes = await Promise.allSettled(works);
  const failures = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
  const defect = failures.find((failure) => !(failure instanceof ProblemError));
  if (defect !== undefined) throw defect;
  if (failures.length > 0) throw new ProblemError(failures.flatMap(problemsOf));
  return await Promise.all(works);
}
