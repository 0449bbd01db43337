// SPDX-License-Identifier: Apache-2.0
export interface CheckStep {
  readonly name: string;
  /** A program and its arguments. */
  readonly command: readonly string[];
  readonly results: string | null;
}
export function checkSteps(options: { readonly root: string; readonly withTiers: boolean }): readonly CheckStep[];
export function resultLine(name: string, passed: boolean, milliseconds: number): string;
