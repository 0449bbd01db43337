// SPDX-License-Identifier: Apache-2.0
import type { Dice } from './dice.ts';
import type { TestedNode } from './tested-node.ts';

/** What a fault lays its hand on. A fault that lasts keeps others off it until it is healed. */
export type Subject =
  'kubelet' | 'device-plugins' | 'registry' | 'host' | 'settings' | 'cdi' | 'reader' | 'process' | 'clock' | 'log';

/** What was done, in words; and, where it lasts, what ends it. `patienceMs`: what it takes away from the time to recover. */
export interface Played {
  readonly told: string;
  readonly heal?: () => Promise<void> | void;
  readonly patienceMs?: number;
}

/** Its choices follow from the dice and from what was played before, never from what the program did meanwhile. */
export interface Fault {
  readonly name: string;
  /** How often it comes, beside the others. */
  readonly weight: number;
  readonly subjects: readonly Subject[];
  /** Whether it takes its time: left out where there is little. */
  readonly slow?: boolean;
  readonly possible?: (node: TestedNode) => boolean;
  readonly play: (node: TestedNode, dice: Dice) => Promise<Played> | Played;
}
