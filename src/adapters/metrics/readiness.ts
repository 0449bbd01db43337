// SPDX-License-Identifier: Apache-2.0
import type { AppliedPlan, ServingEvent } from '#ports/metrics.ts';

/** Whether pods can get what the settings ask for: every resource is accepted, and the kubelet has its stream open. */
export class Readiness {
  private plan: AppliedPlan | null = null;
  /** How many ListAndWatch streams of each resource are open. */
  private readonly openStreams = new Map<string, number>();

  planApplied(plan: AppliedPlan): void {
    this.plan = plan;
  }

  resourceEvent(resource: string, event: ServingEvent): void {
    if (event !== 'registered' && event !== 'unregistered') return;
    this.openStreams.set(resource, (this.openStreams.get(resource) ?? 0) + (event === 'registered' ? 1 : -1));
  }

  /** Returns what is not ready, as complete sentences; empty if everything is. */
  missing(): readonly string[] {
    if (this.plan === null) return ['No settings are applied yet.'];
    const { offers, rejected } = this.plan;
    const unregistered = offers.filter(({ resource }) => (this.openStreams.get(resource) ?? 0) <= 0);
    return [
      ...rejected.map(({ name, problems }) => `${name} is not offered: ${problems[0]?.message ?? 'it is rejected'}`),
      ...unregistered.map(({ resource }) => `${resource} is not registered with the kubelet.`),
    ];
  }
}
