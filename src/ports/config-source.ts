// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { ClusterSettings } from '#domain/settings/settings.ts';

/**
 * What a source contains now: settings for all nodes that are valid as a whole, or every problem with them. `retryable`
 * decides what a program without settings does. True, if the source has no value or is unreachable: it waits. False, if
 * the value is invalid: it exits, so that the user who started it sees the problems.
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
 * Provides the settings. An implementation must guarantee:
 * - `read` returns the current content on each call, as far as the source is reachable, and never rejects. If the
 *   source is missing, unreadable or invalid, the reading has problems that name the place, the finding and the remedy.
 * - `watch` calls `onHint` when `read` may return something else. Hints may be spurious, but after the last
 *   change there is one, within a second if the source is reachable.
 * - `onHint` is never called synchronously by `watch`, nor after the returned function was called. That function ends
 *   everything that `watch` started.
 */
export abstract class ConfigSource {
  abstract read(): Promise<ConfigReading>;
  abstract watch(onHint: () => void): () => void;
}
