// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { HcaCondition } from '#domain/offer/conditions/condition.ts';
import type { Offer } from '#domain/offer/offer.ts';
import type { RejectedResource } from '#domain/settings/settings.ts';

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

/** The plan in effect and the node that it was made for. */
export interface AppliedPlan {
  readonly offers: readonly Offer[];
  /** Resources of the settings that are not offered, because the kubelet would reject them. */
  readonly rejected: readonly RejectedResource[];
  readonly problems: readonly Problem[];
  readonly conditions: readonly HcaCondition[];
  /** How many HCAs the node has. */
  readonly hcas: number;
  /** The generation of the effective settings: 1 at startup, incremented by each applied change. */
  readonly generation: number;
}

/**
 * What happened between a resource and the kubelet. `registered`: the kubelet opened the ListAndWatch stream of the
 * resource. `unregistered`: that stream ended. `granted`, `refused`: the answer to an Allocate call.
 */
export type ServingEvent = 'registered' | 'unregistered' | 'granted' | 'refused';

/** Records metrics for a monitoring system. No call throws, waits or takes noticeable time. */
export abstract class Metrics {
  abstract scanFinished(scan: ScanMeasurement): void;
  /** Replaces what was shown before: resources and problems that are not in `plan` are no longer shown. */
  abstract planApplied(plan: AppliedPlan): void;
  abstract resourceEvent(resource: string, event: ServingEvent): void;
}
