// SPDX-License-Identifier: Apache-2.0
import type { DeviceNode, DeviceNodeKind, Hca, IdleCause, IdleFunction } from '../../hca/hca.ts';
import type { UnhealthyReason } from '../health.ts';
import type { ShareHolder } from '../share-holder.ts';

/**
 * Why pods cannot use an HCA that resources select, or not fully. `nodes-missing`: it is left out, because it lacks a
 * required device node. `unhealthy`: it is given to no more pods. `gone`: it was present earlier; `idle` is its PCI
 * function, if that is still present without an RDMA device. `changed`: it left and came back, or has other device
 * nodes or another name.
 */
export type HcaCause =
  | { readonly kind: 'nodes-missing'; readonly missing: readonly DeviceNodeKind[] }
  | { readonly kind: 'unhealthy'; readonly reason: Exclude<UnhealthyReason, 'nodes-missing'> }
  | { readonly kind: 'gone'; readonly idle: IdleFunction | null }
  | { readonly kind: 'changed'; readonly before: HcaBefore };

/** The HCA is only a PCI function. */
interface FunctionCause {
  readonly kind: 'no-rdma-device';
  readonly idle: IdleFunction;
}

/** How an HCA was before it changed, which is what containers that were started earlier know of it. */
export interface HcaBefore {
  readonly name: string;
  readonly wasAbsent: boolean;
  /** When it changed, in milliseconds of the clock. */
  readonly at: number;
  /** The containers that hold it as it was; null if they are unknown. */
  readonly holders: readonly ShareHolder[] | null;
  readonly nodes: readonly DeviceNode[];
  /** The nodes of those that belong to another HCA now. */
  readonly reused: readonly { readonly path: string; readonly owner: Hca }[];
}

interface Selected {
  /** The resources that select it, in the order of the settings. A resource that offers no HCA has its template. */
  readonly resources: readonly string[];
}

/** An HCA that needs attention: as it is, or as it was seen last. `hca` is null if it is only a PCI function. */
export type HcaCondition =
  | (Selected & { readonly hca: Hca; readonly cause: HcaCause })
  | (Selected & { readonly hca: null; readonly cause: FunctionCause });

/** Returns the PCI address; null for an HCA that is on no PCI function. */
export function addressOf({ hca, cause }: HcaCondition): string | null {
  const pci = hca === null ? cause.idle.pci : hca.pci;
  return pci?.address ?? null;
}

/** A condition in one word, for the labels of metrics. */
export type ConditionReason = Exclude<HcaCause['kind'], 'unhealthy'> | UnhealthyReason | IdleCause;

export function reasonOf({ hca, cause }: HcaCondition): ConditionReason {
  if (hca === null) return cause.idle.cause;
  return cause.kind === 'unhealthy' ? cause.reason : cause.kind;
}
