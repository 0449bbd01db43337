// SPDX-License-Identifier: Apache-2.0
import type { EmptyReason } from '../offer/empty-reason.ts';
import { describeEmptyReason } from '../offer/words/empty-resource.ts';

/** Why a container does not get the shares that it requests. */
export type GrantRefusal =
  | { readonly kind: 'no-shares-requested' }
  | { readonly kind: 'too-many-shares'; readonly requested: number; readonly limit: number }
  | { readonly kind: 'unknown-share'; readonly id: string; readonly offered: number }
  /** `emptyReason` is null if other shares of the resource are healthy. */
  | { readonly kind: 'unhealthy-share'; readonly id: string; readonly emptyReason: EmptyReason | null };

/** Describes a refusal for the status of the pod. */
export function describeRefusal(resource: string, refusal: GrantRefusal): string {
  switch (refusal.kind) {
    case 'no-shares-requested':
      return 'no shares were requested';
    case 'too-many-shares':
      return (
        `${refusal.requested} shares of ${resource} were requested, but its maxSharesPerContainer is ` +
        `${refusal.limit}: request at most ${refusal.limit} for one container`
      );
    case 'unknown-share':
      return `share ${quoted(refusal.id)} of ${resource} does not exist; ${refusal.offered} shares are offered now`;
    case 'unhealthy-share': {
      const { id, emptyReason } = refusal;
      const cause =
        emptyReason === null
          ? 'its HCA was removed, lacks a device node, or its link is down'
          : describeEmptyReason(emptyReason);
      return `share ${quoted(id)} of ${resource} is not usable now: ${cause}`;
    }
  }
}

/** The ID comes from the kubelet and can have any length. */
function quoted(id: string): string {
  return `"${id.length > 63 ? `${id.slice(0, 60)}...` : id}"`;
}
