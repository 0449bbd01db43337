// SPDX-License-Identifier: Apache-2.0

/**
 * Says that a scan may now see something else. A separate power of a discovery adapter. Hints carry nothing, may come
 * too often, and may be missed: a slow periodic scan is the net. `onHint` is never called synchronously, nor after the
 * returned function was called, which ends all that was begun.
 *
 * `watch` is for HCAs that come and go. `watchLinks` is for the states of ports, which nothing may announce: it is asked for
 * only where they matter, and may cost a look every few seconds.
 */
export abstract class HcaChangeHints {
  abstract watch(onHint: () => void): () => void;
  abstract watchLinks(onHint: () => void): () => void;
}
