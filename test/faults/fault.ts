// SPDX-License-Identifier: Apache-2.0
import type { Random } from './random.ts';
import type { TestedNode } from './tested-node.ts';

/** A part of the node that a fault changes. While a fault lasts, no other fault changes the same part. */
export type Target =
  | 'kubelet'
  | 'device-plugins'
  | 'registry'
  | 'host'
  | 'settings'
  | 'cdi'
  | 'reader'
  | 'process'
  | 'clock'
  | 'log'
  | 'module';

/** What `inject` did. */
export interface InjectedFault {
  /** For the report: which of the possible forms the fault took. Empty if there is only one. */
  readonly details: string;
  /** Ends a fault that lasts. Absent for a fault that is over at once, such as a restart. */
  readonly undo?: () => Promise<void> | void;
  /** How long the recovery may take, in milliseconds, if that is longer than usual. */
  readonly recoveryLimitMs?: number;
}

/** A fault that the campaign can inject. */
export interface Fault {
  readonly name: string;
  /** How often the campaign picks this fault, relative to the weights of the others. */
  readonly weight: number;
  readonly targets: readonly Target[];
  /** Whether the recovery takes 10 seconds or more. `npm test` and `--quick` leave these faults out. */
  readonly slow?: boolean;
  /** Whether the fault makes sense in the present state of the node. Absent if it always does. */
  readonly possible?: (node: TestedNode) => boolean;
  /**
   * Injects the fault. So that a seed can be replayed, all choices come from `random` and from earlier faults, never
   * from what the program does in the meantime.
   */
  readonly inject: (node: TestedNode, random: Random) => Promise<InjectedFault> | InjectedFault;
}
