// SPDX-License-Identifier: Apache-2.0
import type { RejectedResource, Settings } from './settings.ts';

/** The effective settings of this node. */
export interface ActiveSettings {
  readonly settings: Settings;
  /** The resources of the document that are not offered, because the kubelet would reject them. */
  readonly rejected: readonly RejectedResource[];
  /** The entries of `nodes` in the document that apply to this node, as paths. */
  readonly nodeEntries: readonly string[];
  /** 1 at startup, incremented by each applied change. */
  readonly generation: number;
  /** Equal for equal settings, on any node. */
  readonly hash: string;
}
