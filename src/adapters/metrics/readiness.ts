// SPDX-License-Identifier: Apache-2.0
import type { AppliedPlan } from '#ports/metrics.ts';

/** Whether pods can get what the settings ask for: every resource is accepted, and the kubelet has its stream open. */
export class Readiness {
  private plan: AppliedPlan | null = null;

  constructor(private readonly isRegistered: (resource: string) => boolean) {}

  planApplied(plan: AppliedPlan): void {
    this.plan = plan;
  }

  /** Returns what is not ready, as complete sentences; empty if everything is. */
  missing(): readonly string[] {
    if (this.plan === null) return ['No settings are applied yet.'];
    const { offers, rejected } = this.plan;
    const unregistered = offers.filter(({ resource }) => !this.isRegistered(resource));
    return [
      ...rejected.map(({ name, problems }) => `${name} is not offered: ${problems[0]?.message ?? 'it is rejected'}`),
      ...unregistered.map(({ resource }) => `${resource} is not registered with the kubelet.`),
    ];
  }

  /** Returns what needs attention although the program is ready: HCAs whose drivers do not answer. */
  notes(): readonly string[] {
    const stuck = (this.plan?.problems ?? []).filter(({ code }) => code === 'HCA_SCAN_STUCK');
    return stuck.map(({ message }) => message);
  }
}
