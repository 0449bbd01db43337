// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Settings } from '#domain/settings/settings.ts';

/** The effective settings of this node. */
export interface ActiveSettings {
  readonly settings: Settings;
  /** The entries of `nodes` in the document that apply to this node, as paths. */
  readonly nodeEntries: readonly string[];
  /** 1 at startup, incremented by each applied change. */
  readonly generation: number;
  /** The same for the same settings, on any node. */
  readonly hash: string;
}

/** Learns the result of each reading of the settings. */
export interface SettingsObserver {
  settingsApplied(active: ActiveSettings): void;
  settingsRejected(problems: readonly Problem[]): void;
}
