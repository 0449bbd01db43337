// SPDX-License-Identifier: Apache-2.0
import type { DeviceNodeKind, Hca } from '../hca/hca.ts';
import type { DeviceNodeSettings, HealthSettings } from '../settings/settings.ts';
import { type LinkHistory, hasActivePort, waitsForSubnetManager } from './link-history.ts';

/**
 * Why an HCA cannot be given to more pods. `nodes-missing`: it lacks a node of a required kind. `no-answer`: its driver
 * does not answer, so a program that opens it may hang. `link-down`: no port is known to be up. `link-init`: as well,
 * but a port waits for a subnet manager. `link-settling`: a port is up, but not long enough yet.
 */
export type UnhealthyReason = 'nodes-missing' | 'no-answer' | 'link-down' | 'link-init' | 'link-settling';

/** What the health of HCAs depends on in addition to their current state. */
export interface HealthContext {
  readonly links: LinkHistory;
  /** Milliseconds of the clock. */
  readonly now: number;
}

/** Returns the required kinds of device nodes that an HCA lacks. Without them, a container cannot use the HCA. */
export function missingKinds(hca: Hca, { required }: DeviceNodeSettings): readonly DeviceNodeKind[] {
  return required.filter((kind) => !hca.deviceNodes.some((node) => node.kind === kind));
}

/** Returns why a resource with these settings cannot give the HCA to more pods; null if it can. */
export function unhealthyReason(
  hca: Hca,
  { deviceNodes, health }: { readonly deviceNodes: DeviceNodeSettings; readonly health: HealthSettings },
  { links, now }: HealthContext,
): UnhealthyReason | null {
  if (missingKinds(hca, deviceNodes).length > 0) return 'nodes-missing';
  if (hca.unanswered !== undefined) return 'no-answer';
  if (health.linkDown === 'ignore') return null;
  if (!hasActivePort(hca)) return waitsForSubnetManager(hca) ? 'link-init' : 'link-down';
  return settledAt(hca, health, links) > now ? 'link-settling' : null;
}

/** Returns when the hold-down of the HCA's link ends; `-Infinity` if the link never failed. */
export function settledAt(hca: Hca, { holdDownSeconds }: HealthSettings, links: LinkHistory): number {
  return (links.get(hca.name) ?? Number.NEGATIVE_INFINITY) + holdDownSeconds * 1000;
}
