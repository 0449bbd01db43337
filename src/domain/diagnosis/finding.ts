// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '../problem/problem.ts';

/** `bad`: pods cannot get what the settings ask for. `warning`: something is lacking that some pods may need. */
export type Grade = 'good' | 'warning' | 'bad';

/** What was looked at. */
export type Area =
  | 'settings'
  | 'resources'
  | 'hcas'
  | 'kubelet'
  | 'cdi'
  | 'pods'
  // In a pod.
  | 'nodes'
  | 'ports'
  | 'memory'
  | 'environment'
  | 'libraries'
  | 'peer';

/** One thing that was looked at on a node. `remedy` is null if nothing needs to be done. */
export interface Finding {
  readonly area: Area;
  readonly grade: Grade;
  /** One sentence, with its full stop. */
  readonly message: string;
  readonly remedy: string | null;
}

export function good(area: Area, message: string): Finding {
  return { area, grade: 'good', message, remedy: null };
}

export function warning(area: Area, message: string, remedy: string): Finding {
  return { area, grade: 'warning', message, remedy };
}

export function bad(area: Area, message: string, remedy: string): Finding {
  return { area, grade: 'bad', message, remedy };
}

export function fromProblem(area: Area, grade: Grade, { message, remedy }: Problem): Finding {
  return { area, grade, message, remedy };
}
