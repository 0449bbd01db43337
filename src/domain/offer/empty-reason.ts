// SPDX-License-Identifier: Apache-2.0
import type { ResourceSettings } from '../settings/settings.ts';
import type { Verdict } from './verdict.ts';

/** Why a resource has no healthy share. `none-selected` and `none-usable` carry the verdicts that explain it. */
export type EmptyReason =
  | { readonly kind: 'none-selected' | 'none-usable'; readonly verdicts: readonly Verdict[] }
  | { readonly kind: 'no-shares-configured' | 'no-rdma-device' | 'exclusive-netns' | 'list-too-long' }
  | { readonly kind: 'too-many-extra-nodes' | 'name-vanished' | 'cdi-write-failed' | 'withdrawn' };

/** Returns why a resource has no healthy share, as far as its settings and HCAs explain it. */
export function emptyReasonOf({ name, rdmaHcaMax }: ResourceSettings, verdicts: readonly Verdict[]): EmptyReason {
  if (rdmaHcaMax === 0) return { kind: 'no-shares-configured' };
  if (verdicts.length === 0) return { kind: 'no-rdma-device' };
  const selected = verdicts.filter(({ selection }) => selection.selected && selection.resource === name);
  return selected.length > 0 ? { kind: 'none-usable', verdicts: selected } : { kind: 'none-selected', verdicts };
}
