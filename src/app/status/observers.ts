// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import type { AllocationMeasurement, AppliedPlan, Observer, ScanMeasurement, ServingEvent } from '#ports/observer.ts';

/** Passes everything on to each of several observers. Without any, nobody observes. */
export class Observers implements Observer {
  constructor(private readonly observers: readonly Observer[]) {}

  scanFinished(scan: ScanMeasurement): void {
    for (const observer of this.observers) observer.scanFinished(scan);
  }

  settingsApplied(active: ActiveSettings): void {
    for (const observer of this.observers) observer.settingsApplied(active);
  }

  settingsRejected(problems: readonly Problem[]): void {
    for (const observer of this.observers) observer.settingsRejected(problems);
  }

  planApplied(plan: AppliedPlan): void {
    for (const observer of this.observers) observer.planApplied(plan);
  }

  resourceEvent(resource: string, event: ServingEvent): void {
    for (const observer of this.observers) observer.resourceEvent(resource, event);
  }

  allocationAnswered(resource: string, allocation: AllocationMeasurement): void {
    for (const observer of this.observers) observer.allocationAnswered(resource, allocation);
  }
}
