// SPDX-License-Identifier: Apache-2.0
import { ProblemError, problemsOf } from '#domain/problem/problem.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import type { Clock } from '#ports/clock.ts';
import type { ResourcePublisher } from '#ports/resource-publisher.ts';
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

/**
 * Gets what the first plan needs. The scan runs while the settings are read, because startup time matters. Waits for
 * settings that may still come; null if it was stopped meanwhile. Rejects with a ProblemError of the settings, or else
 * of the host and the kubelet directories together.
 */
export async function startUp(
  parts: StartUpParts,
): Promise<{ readonly active: ActiveSettings; readonly inventory: Inventory } | null> {
  const { follower, scan, publisher, clock } = parts;
  const firstScan = scan.scanAtStart().then((inventory) => ({ inventory, finishedAt: clock.now() }));
  const [settings, host, sockets] = await Promise.allSettled([follower.first(), firstScan, publisher.start()]);
  if (settings.status === 'rejected') throw settings.reason;
  if (host.status === 'rejected' || sockets.status === 'rejected') throw failureOf(host, sockets);
  if (settings.value === null) return null;
  const isFresh = clock.now() - host.value.finishedAt <= freshMs;
  return { active: settings.value, inventory: isFresh ? host.value.inventory : await scan.scanAtStart() };
}

/** Returns one error with the problems of all that failed. A defect takes precedence. */
function failureOf(...outcomes: readonly PromiseSettledResult<unknown>[]): unknown {
  const failures = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
  const defect = failures.find((failure) => !(failure instanceof ProblemError));
  return defect ?? new ProblemError(failures.flatMap(problemsOf));
}
