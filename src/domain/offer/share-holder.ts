// SPDX-License-Identifier: Apache-2.0
import { compareNaturally } from '../text/natural-order.ts';

/** A container of an active pod, and the shares of one resource that it holds. */
export interface ShareHolder {
  readonly namespace: string;
  /** The name of the pod. The kubelet gives no UID: by now, the name may be that of another pod. */
  readonly pod: string;
  readonly container: string;
  /** The full name of the resource, such as `rdma/hca_shared_devices_a`. */
  readonly resource: string;
  /** At least one id, each once, in natural order. Held shares have the ids that they had when they were granted. */
  readonly shareIds: readonly string[];
}

/**
 * Returns one entry for each container and resource, ordered by their names. The given entries may repeat a container
 * with more shares, or with the same ones; a kubelet gives one entry for each share.
 */
export function mergeHolders(entries: readonly ShareHolder[]): readonly ShareHolder[] {
  const merged = new Map<string, { readonly entry: ShareHolder; readonly ids: Set<string> }>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const found = merged.get(key) ?? { entry, ids: new Set() };
    for (const id of entry.shareIds) found.ids.add(id);
    if (found.ids.size > 0) merged.set(key, found);
  }
  return [...merged.entries()]
    .toSorted(([a], [b]) => compareNaturally(a, b))
    .map(([, { entry, ids }]) => ({ ...entry, shareIds: [...ids].toSorted(compareNaturally) }));
}

/** Only the name of a resource may contain a slash, and it comes last. */
function keyOf({ namespace, pod, container, resource }: ShareHolder): string {
  return [namespace, pod, container, resource].join('/');
}
