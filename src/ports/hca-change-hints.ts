// SPDX-License-Identifier: Apache-2.0

/**
 * Says that a scan may now see something else. A separate power of a discovery adapter. Hints carry nothing, may come
 * too often, and may be missed: a slow periodic scan is the net. `onHint` is never called synchronously by `watch`, nor
 * after the returned function was called.
 */
export abstract class HcaChangeHints {
  abstract watch(onHint: () => void): () => void;
}
