// SPDX-License-Identifier: Apache-2.0

/** The result of one step, as guest.ts reports it. Times are in milliseconds. */
export interface StepReport {
  readonly step: string;
  readonly passed: boolean;
  readonly ms: number;
  readonly details: string;
}

export interface MachineRun {
  readonly ended: { readonly status: number | null; readonly signal: string | null; readonly stderr: string };
  readonly report: readonly StepReport[];
  readonly console: string;
}

export function runMachine(): Promise<MachineRun>;
