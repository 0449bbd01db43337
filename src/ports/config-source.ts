// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/errors.ts';
import type { Settings } from '#domain/settings.ts';

/** What a source holds now: settings that are valid as a whole, or every problem that keeps them from being so. */
export type ConfigReading =
  | { readonly valid: true; readonly settings: Settings; readonly warnings: readonly Problem[] }
  | { readonly valid: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/**
 * Where the settings come from. `read` looks afresh at each call and never rejects: a source that is missing,
 * unreadable or nonsense is an invalid reading whose problems name the place, what was found and the remedy.
 */
export abstract class ConfigSource {
  abstract read(): Promise<ConfigReading>;
}
