// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '#domain/hca/hca.ts';
import type { HcaCondition } from '#domain/offer/conditions/condition.ts';
import type { Offer } from '#domain/offer/offer.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';

/**
 * How one scan of the host ended. `success`: with an inventory, which may be empty. `error`: the scan failed.
 * `timeout`: it took too long. `invalid`: a module returned an invalid inventory.
 */
export type ScanResult = 'success' | 'error' | 'timeout' | 'invalid';

/** One scan by one discovery. */
export interface ScanMeasurement {
  /** The name of a discovery adapter, or the specifier of a discovery module. */
  readonly discovery: string;
  readonly result: ScanResult;
  readonly seconds: number;
  /** How many HCAs the scan found. */
  readonly hcas: number;
}

/** The plan in effect, and what it was made from. */
export interface AppliedPlan {
  readonly active: ActiveSettings;
  readonly offers: readonly Offer[];
  /** Problems of this node, with those of its HCAs. Those of rejected resources are in `active`. */
  readonly problems: readonly Problem[];
  readonly conditions: readonly HcaCondition[];
  /** All HCAs of the node. */
  readonly hcas: readonly Hca[];
}

/**
 * What happened between a resource and the kubelet. `registered`: the kubelet opened the ListAndWatch stream of the
 * resource. `unregistered`: that stream ended.
 */
export type ServingEvent = 'registered' | 'unregistered';

/** The answer to one Allocate call, and how long it took. */
export interface AllocationMeasurement {
  readonly result: 'granted' | 'refused';
  readonly seconds: number;
}

/** Learns what the daemon does, for metrics and status. No call throws, waits or takes noticeable time. */
export abstract class Observer {
  abstract scanFinished(scan: ScanMeasurement): void;
  /** Called after each reading of valid settings, changed or not. */
  abstract settingsApplied(active: ActiveSettings): void;
  /** Called after each reading of invalid settings. The settings before it stay effective. */
  abstract settingsRejected(problems: readonly Problem[]): void;
  /** Replaces what was known before: resources and problems that are not in `plan` have ended. */
  abstract planApplied(plan: AppliedPlan): void;
  abstract resourceEvent(resource: string, event: ServingEvent): void;
  abstract allocationAnswered(resource: string, allocation: AllocationMeasurement): void;
}
