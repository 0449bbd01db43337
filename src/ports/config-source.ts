// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { ClusterSettings } from '#domain/settings/settings.ts';

/**
 * What a source holds now: settings that are valid as a whole, for every node, or every problem that keeps them from being so.
 * `retryable` says what a program does that has no settings yet: wait (nothing is there to judge: the source cannot be
 * reached, or has no value), or give up (what is there is wrong, and whoever started the program is there to read it).
 */
export type ConfigReading =
  | { readonly valid: true; readonly settings: ClusterSettings; readonly warnings: readonly Problem[] }
  | {
      readonly valid: false;
      readonly retryable: boolean;
      readonly problems: readonly Problem[];
      readonly warnings: readonly Problem[];
    };

/**
 * Where the settings come from. An implementer must guarantee:
 * - `read` looks afresh at each call, as far as the source can be reached, and never rejects: a source that is missing,
 *   unreadable or nonsense is an invalid reading whose problems name the place, what was found and the remedy.
 * - `watch` says that a read may now give something else. Hints carry nothing and may come too often, but the last change is
 *   always followed by one, within a second where the source can be reached. `onHint` is never called synchronously by
 *   `watch`, nor after the returned function was called; that function ends all that `watch` began.
 */
export abstract class ConfigSource {
  abstract read(): Promise<ConfigReading>;
  abstract watch(onHint: () => void): () => void;
}
