// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

/**
 * An RPC of the kubelet. It serves `register` and `listPodResources`, and makes the others; `dial` means opening a
 * connection.
 */
export type KubeletRpc =
  | 'register'
  | 'listPodResources'
  | 'dial'
  | 'getInfo'
  | 'notifyRegistrationStatus'
  | 'getDevicePluginOptions'
  | 'listAndWatch'
  | 'getPreferredAllocation'
  | 'allocate'
  | 'preStartContainer';

/** `empty` replaces the RPC with an empty response. `late` makes the RPC after a delay. */
export type Fault =
  | { readonly kind: 'hang' }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'late'; readonly ms: number };

/** The faults planned for each RPC, and how often each RPC was started. */
export class KubeletFaults {
  private readonly planned = new Map<KubeletRpc, Fault[]>();
  private readonly started = new Map<KubeletRpc, number>();

  /** Plans the fault for the next `times` calls of the RPC, after the faults that are already planned for it. */
  inject(rpc: KubeletRpc, fault: Fault, times = 1): void {
    this.planned.set(rpc, [...(this.planned.get(rpc) ?? []), ...Array<Fault>(times).fill(fault)]);
  }

  clear(): void {
    this.planned.clear();
  }

  /** Returns how often the RPC was started, with or without a fault. */
  seen(rpc: KubeletRpc): number {
    return this.started.get(rpc) ?? 0;
  }

  /** Runs `work`, subject to the next planned fault of `rpc`. `empty` is the result of the fault `empty`. */
  async apply<T>(rpc: KubeletRpc, clock: Clock, empty: T, work: () => Promise<T>): Promise<T> {
    this.started.set(rpc, this.seen(rpc) + 1);
    const fault = this.planned.get(rpc)?.shift();
    if (fault?.kind === 'hang') return new Promise<never>(() => {});
    if (fault?.kind === 'error') throw new Error(fault.message);
    if (fault?.kind === 'empty') return empty;
    if (fault?.kind === 'late') await new Promise<void>((resolve) => clock.after(fault.ms, resolve));
    return work();
  }
}
