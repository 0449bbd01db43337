// SPDX-License-Identifier: Apache-2.0
import type { ExplainedHca, ExplainedResource } from '../explanation/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import type { RejectedResource } from '../settings/settings.ts';
import type { HolderStatus } from './holders.ts';

/** What a running daemon does now. Times are of the wall clock, in ISO 8601. */
export interface NodeStatus {
  readonly program: ProgramStatus;
  /** Whether settings are in effect, all their resources are offered, and the kubelet has each stream open. */
  readonly ready: boolean;
  /** What keeps it from being ready, as complete sentences. */
  readonly missing: readonly string[];
  readonly settings: SettingsStatus;
  readonly resources: readonly ResourceStatus[];
  /** Resources of the settings that are not offered, because the kubelet would reject them. */
  readonly rejected: readonly RejectedResource[];
  /** The HCAs of the node that no resource selects. */
  readonly unselected: readonly string[];
  readonly problems: readonly Problem[];
  /** The last changes, the newest last. */
  readonly changes: readonly Change[];
  /** The containers that hold shares. Null if nobody asked, or if the kubelet does not say. */
  readonly holders: readonly HolderStatus[] | null;
}

export interface ProgramStatus {
  readonly version: string;
  readonly commit: string;
  readonly pid: number;
  /** The name of the node; null if it is not set. */
  readonly node: string | null;
  readonly startedAt: string;
}

export interface SettingsStatus {
  /** 0 until settings are in effect. */
  readonly generation: number;
  readonly hash: string | null;
  /** The entries of `nodes` that apply to this node, as paths. */
  readonly nodeEntries: readonly string[];
  /** When settings were read last, and whether they were valid. If not, those before stay in effect. */
  readonly lastRead: { readonly at: string; readonly valid: boolean; readonly problems: readonly Problem[] } | null;
}

/** `registered`: the kubelet has the stream open. `standby`: another instance of this program serves the resource. */
type RegistrationState = 'registered' | 'not-registered' | 'standby';

export interface ResourceStatus extends Omit<ExplainedResource, 'hcas' | 'share'> {
  readonly registration: RegistrationState;
  /** Since when it has had this state; null if it has had no other. */
  readonly since: string | null;
  /** How often the kubelet has opened the stream of the resource since the start. */
  readonly registrations: number;
  /** How many Allocate calls were answered since the start. */
  readonly allocations: { readonly granted: number; readonly refused: number };
  readonly hcas: readonly Omit<ExplainedHca, 'share'>[];
}

/** A change, as one sentence. */
export interface Change {
  readonly at: string;
  readonly message: string;
}

/** Where a face of the program gets the status. With `holders`, the kubelet is asked who holds shares. */
export type ReadStatus = (wanted: { readonly holders: boolean }) => Promise<NodeStatus>;
