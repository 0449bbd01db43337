// SPDX-License-Identifier: Apache-2.0
import type { DeviceNodeKind, Hca } from '../hca/hca.ts';
import type { DeviceNodeSettings, ResourceSettings } from '../settings/settings.ts';

/**
 * What keeps an HCA from being given to more pods; null when nothing does. `nodes-missing`: it has no node of a kind that the
 * resource requires. `link-down`: no port is up, or none says so. `link-settling`: a port is up, but not for long enough yet.
 */
export type Unfitness = 'nodes-missing' | 'link-down' | 'link-settling' | null;

/**
 * Since when each HCA that ever had a port up has had one without a break, in milliseconds of the clock; null while it has none. The
 * first time counts from `-Infinity`: nothing is known against a link that never fell.
 */
export type LinkHistory = ReadonlyMap<string, number | null>;

/** The kinds that are required and of which an HCA has no node. */
export function missingKinds(hca: Hca, { required }: DeviceNodeSettings): readonly DeviceNodeKind[] {
  return required.filter((kind) => !hca.deviceNodes.some((node) => node.kind === kind));
}

/** An HCA is usable when it has the nodes without which a container could do nothing with it. */
export function isUsable(hca: Hca, deviceNodes: DeviceNodeSettings): boolean {
  return missingKinds(hca, deviceNodes).length === 0;
}

/** Whether a port carries traffic. A state that cannot be read is no proof that it does. */
export function hasLink(hca: Hca): boolean {
  return hca.ports.some((port) => port.state === 'ACTIVE' || port.state === 'ACTIVE_DEFER');
}

/** Carries the history on to an inventory that was taken at `now`. HCAs that went are forgotten. */
export function followLinks(before: LinkHistory, hcas: readonly Hca[], now: number): LinkHistory {
  const links = new Map<string, number | null>();
  for (const hca of hcas) {
    const since = before.get(hca.name);
    if (hasLink(hca)) links.set(hca.name, since === undefined ? Number.NEGATIVE_INFINITY : (since ?? now));
    else if (since !== undefined) links.set(hca.name, null);
  }
  return links;
}

/** Judges HCAs as one resource asks for it, at one moment. */
export class FitnessJudge {
  constructor(
    private readonly resource: Pick<ResourceSettings, 'health' | 'deviceNodes'>,
    private readonly links: LinkHistory,
    private readonly now: number,
  ) {}

  judge(hca: Hca): Unfitness {
    if (!isUsable(hca, this.resource.deviceNodes)) return 'nodes-missing';
    if (this.resource.health.linkDown === 'ignore') return null;
    if (!hasLink(hca)) return 'link-down';
    return this.settledAt(hca) > this.now ? 'link-settling' : null;
  }

  /** From when on the hold-down no longer keeps the HCA back; `-Infinity` where it never did. */
  settledAt(hca: Hca): number {
    return (this.links.get(hca.name) ?? Number.NEGATIVE_INFINITY) + this.resource.health.holdDownSeconds * 1000;
  }
}
