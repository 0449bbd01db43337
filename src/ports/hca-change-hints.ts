// SPDX-License-Identifier: Apache-2.0

/**
 * Hints that a scan may return something else. Separate from HcaDiscovery, because not every adapter can hint. Hints
 * may be spurious or missed: the daemon also scans periodically. An implementation must guarantee:
 * - `watch` hints at HCAs that are added or removed, `watchLinks` at changed port states. The kernel may announce no
 *   port states, so `watchLinks` may poll every few seconds. It is called only if the settings need port states.
 * - `onHint` is never called synchronously, nor after the returned function was called. That function ends everything
 *   that was started.
 */
export abstract class HcaChangeHints {
  abstract watch(onHint: () => void): () => void;
  abstract watchLinks(onHint: () => void): () => void;
}
