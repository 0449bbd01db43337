// SPDX-License-Identifier: Apache-2.0
import type { ResourceSettings } from '../settings/settings.ts';
import { type Verdict, isIn } from './verdict.ts';

/** Why a resource has no healthy share. `none-selected` and `none-usable` carry the verdicts that explain it. */
export type EmptyReason =
  | { readonly kind: 'no-shares-configured' }
  | { readonly kind: 'no-rdma-device' }
  | { readonly kind: 'none-selected'; readonly verdicts: readonly Verdict[] }
  | { readonly kind: 'none-usable'; readonly verdicts: readonly Verdict[] }
  | { readonly kind: 'exclusive-netns' }
  | { readonly kind: 'list-too-long' }
  | { readonly kind: 'too-many-extra-nodes' }
  | { readonly kind: 'name-vanished' }
  | { readonly kind: 'cdi-write-failed' }
  | { readonly kind: 'withdrawn' };

/** Returns why a resource without a healthy share has none, as far as its settings and HCAs explain it. */
export function emptyReasonOf({ name, rdmaHcaMax }: ResourceSettings, verdicts: readonly Verdict[]): EmptyReason {
  if (rdmaHcaMax === 0) return { kind: 'no-shares-configured' };
  if (verdicts.length === 0) return { kind: 'no-rdma-device' };
  const selected = verdicts.filter((verdict) => isIn(name, verdict));
  return selected.length > 0 ? { kind: 'none-usable', verdicts: selected } : { kind: 'none-selected', verdicts };
}
