// SPDX-License-Identifier: Apache-2.0
import type { DeviceNodeKind, Hca } from '../hca/hca.ts';
import type { ExpandedEntry, Selection } from '../naming/expand-resources.ts';
import { type HealthContext, type UnhealthyReason, missingKinds, unhealthyReason } from './health.ts';

/** How one entry of the settings judges one HCA. */
export interface Verdict {
  /** The name of the HCA. */
  readonly hca: string;
  readonly selection: Selection;
  /** Null if the HCA is healthy. Judged whether the HCA is selected or not. */
  readonly unhealthy: UnhealthyReason | null;
  /** Kinds of device nodes that the entry requires and the HCA lacks. */
  readonly missing: readonly DeviceNodeKind[];
}

/** Judges every HCA of the node. All resources that the entry expands into share these verdicts. */
export function verdictsOf(
  { settings, selections }: ExpandedEntry,
  hcas: readonly Hca[],
  context: HealthContext,
): readonly Verdict[] {
  return hcas.map((hca) => ({
    hca: hca.name,
    selection: selections.get(hca.name) ?? { selected: false, kind: 'no-name' },
    unhealthy: unhealthyReason(hca, settings, context),
    missing: missingKinds(hca, settings.deviceNodes),
  }));
}
