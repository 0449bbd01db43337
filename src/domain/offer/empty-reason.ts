// SPDX-License-Identifier: Apache-2.0
import type { ResourceSettings } from '../settings/settings.ts';
import type { HcaCondition } from './conditions/condition.ts';
import type { Verdict } from './verdict.ts';

/** The discovery modules that failed, so that HCAs may be missing; absent if none did. */
interface Incomplete {
  readonly failedModules?: readonly string[];
}

/**
 * Why a resource has no healthy share. `none-selected` and `none-usable` carry the verdicts that explain it,
 * `hcas-missing` the conditions. `no-rdma-device`: the node never had one while the program ran. `none-left`: all that
 * it had are gone, and this resource selected none of them.
 */
export type EmptyReason =
  | ({ readonly kind: 'none-selected'; readonly verdicts: readonly Verdict[] } & Incomplete)
  | { readonly kind: 'none-usable'; readonly verdicts: readonly Verdict[] }
  | { readonly kind: 'hcas-missing'; readonly conditions: readonly HcaCondition[] }
  | { readonly kind: 'no-shares-configured' | 'no-rdma-device' | 'none-left' }
  | ({ readonly kind: 'scan-failed' } & Incomplete)
  | { readonly kind: 'exclusive-netns' | 'list-too-long' }
  | { readonly kind: 'too-many-extra-nodes' | 'name-vanished' | 'cdi-write-failed' | 'withdrawn' };

/** Returns why a resource has no healthy share, as far as its settings and HCAs explain it. */
export function emptyReasonOf({ name, rdmaHcaMax }: ResourceSettings, verdicts: readonly Verdict[]): EmptyReason {
  if (rdmaHcaMax === 0) return { kind: 'no-shares-configured' };
  if (verdicts.length === 0) return { kind: 'no-rdma-device' };
  const selected = verdicts.filter(({ selection }) => selection.selected && selection.resource === name);
  return selected.length > 0 ? { kind: 'none-usable', verdicts: selected } : { kind: 'none-selected', verdicts };
}

/** What is known of HCAs that are not present. */
export interface AbsentHcas {
  readonly conditions: readonly HcaCondition[];
  /** Whether an HCA was present earlier. */
  readonly hadHcas: boolean;
  /** Whether HCAs may be present that the scan did not find. */
  readonly isPartial: boolean;
  readonly failedModules: readonly string[];
}

/** Explains a reason that says only that no HCA is there, by the HCAs that are missing. */
export function explainedReason(
  reason: EmptyReason | null,
  resource: string,
  { conditions, hadHcas, isPartial, failedModules }: AbsentHcas,
): EmptyReason | null {
  if (reason === null || (reason.kind !== 'no-rdma-device' && reason.kind !== 'none-selected')) return reason;
  const failed = failedModules.length > 0 ? { failedModules } : {};
  if (reason.kind === 'no-rdma-device' && isPartial) return { kind: 'scan-failed', ...failed };
  const missing = conditions.filter(({ resources }) => resources.includes(resource));
  if (missing.length > 0) return { kind: 'hcas-missing', conditions: missing };
  if (reason.kind === 'none-selected') return failedModules.length > 0 ? { ...reason, ...failed } : reason;
  return hadHcas ? { kind: 'none-left' } : reason;
}
