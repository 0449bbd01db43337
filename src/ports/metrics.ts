// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Offer } from '#domain/offer/offer.ts';

/**
 * How one look at the host by one discovery ended. `good`: with an inventory, perhaps an empty one. `failed`: with an error. `slow`: not in
 * time. `nonsense`: with what is no inventory.
 */
export type ScanOutcome = 'good' | 'failed' | 'slow' | 'nonsense';

/** One look. `discovery` is the name of an adapter or the specifier of a module; `hcas` is how many it found. */
export interface ScanMeasure {
  readonly discovery: string;
  readonly outcome: ScanOutcome;
  readonly seconds: number;
  readonly hcas: number;
}

/** What is in force. `hcas` is how many the node has; `generation` counts the settings that came in force, from 1 on. */
export interface StateInForce {
  readonly offers: readonly Offer[];
  readonly problems: readonly Problem[];
  readonly hcas: number;
  readonly generation: number;
}

/**
 * What happens between a resource and the kubelet. `registered`: the kubelet has opened its list; `unregistered`: that list has ended. `granted`
 * and `refused`: an Allocate was answered so.
 */
export type ServingEvent = 'registered' | 'unregistered' | 'granted' | 'refused';

/** Where the program counts what it does, for a monitoring system. A call never throws, never waits, and costs next to nothing. */
export abstract class Metrics {
  abstract scanned(measure: ScanMeasure): void;
  /** Takes the whole present: what it does not name any more is no longer shown. */
  abstract applied(state: StateInForce): void;
  abstract served(resource: string, event: ServingEvent): void;
}
