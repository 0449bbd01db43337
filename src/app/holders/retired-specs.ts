// SPDX-License-Identifier: Apache-2.0
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import type { Clock } from '#ports/clock.ts';
import type { PodResources } from '#ports/pod-resources.ts';

/** The time between two questions to the kubelet. */
const checkMs = 600_000;
/**
 * How many answers in a row must show no holder. One does not prove it: for a moment after its start, a kubelet lists
 * no pods, and a container that is being created is not listed yet.
 */
const proofs = 3;

/**
 * Removes CDI devices that the settings no longer select when no container of their resource is left. While there are
 * none, the kubelet is not asked.
 */
export class RetiredSpecs {
  private nextCheckAt = Number.NEGATIVE_INFINITY;
  /** By resource: how many answers in a row have shown no holder. */
  private readonly unheld = new Map<string, number>();

  constructor(
    private readonly store: CdiSpecStore,
    private readonly podResources: PodResources,
    private readonly clock: Clock,
  ) {}

  /** Called after each round. Never rejects. */
  async check(): Promise<void> {
    const retired = this.store.retired();
    for (const resource of this.unheld.keys()) if (!retired.includes(resource)) this.unheld.delete(resource);
    if (retired.length === 0 || this.clock.now() < this.nextCheckAt) return;
    this.nextCheckAt = this.clock.now() + checkMs;
    const holders = await this.podResources.list((resource) => retired.includes(resource));
    if (holders === null) return;
    const held = new Set(holders.map(({ resource }) => resource));
    for (const resource of retired)
      this.unheld.set(resource, held.has(resource) ? 0 : (this.unheld.get(resource) ?? 0) + 1);
    const released = new Set(retired.filter((resource) => (this.unheld.get(resource) ?? 0) >= proofs));
    // What cannot be removed now is released at a later check.
    if (released.size > 0) await this.store.release(released).catch(() => {});
  }
}
