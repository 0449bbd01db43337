// SPDX-License-Identifier: Apache-2.0
import type { ShareHolder } from '#domain/offer/share-holder.ts';

/**
 * Lists which containers hold which shares now. An implementation must guarantee:
 * - `list` never rejects and takes at most a few seconds. It resolves to null if the kubelet cannot be asked. Nobody
 *   reports that as a problem, because callers can do without.
 * - It lists the resources for which `isWanted` returns true, of any plugin. Each container is listed once for each
 *   resource, and the order depends on the names only.
 * - Calls that overlap ask the kubelet once, because it limits how often it can be asked. Callers must not poll.
 * - Nothing stays open between calls: no connection and no timer.
 *
 * An empty list does not prove that nobody holds a share: for a moment after its start, a kubelet lists no pods.
 */
export abstract class PodResources {
  abstract list(isWanted: (resource: string) => boolean): Promise<readonly ShareHolder[] | null>;
}
