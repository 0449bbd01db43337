// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import { pause } from './time/within.ts';

/** What the kubelet does on the wire: `register` it serves, `dial` is a connection to a plugin, the others it calls. */
export type KubeletRpc =
  | 'register'
  | 'dial'
  | 'getInfo'
  | 'notifyRegistrationStatus'
  | 'getDevicePluginOptions'
  | 'listAndWatch'
  | 'getPreferredAllocation'
  | 'allocate'
  | 'preStartContainer';

/** `empty`: the other side's answer is taken for an empty message. `late`: the real thing, after a delay. */
export type Fault =
  | { readonly kind: 'hang' }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'late'; readonly ms: number };

/** Faults to come, RPC by RPC, and how often each RPC was begun. */
export class KubeletFaults {
  private readonly planned = new Map<KubeletRpc, Fault[]>();
  private readonly begun = new Map<KubeletRpc, number>();

  /** Spoils the next `times` calls of the RPC, after those that were asked for before. */
  inject(rpc: KubeletRpc, fault: Fault, times = 1): void {
    const queue = this.planned.get(rpc) ?? [];
    for (let i = 0; i < times; i += 1) queue.push(fault);
    this.planned.set(rpc, queue);
  }

  clear(): void {
    this.planned.clear();
  }

  seen(rpc: KubeletRpc): number {
    return this.begun.get(rpc) ?? 0;
  }

  /** Does `work` as the next fault for `rpc` has it. `empty` stands for an answer without content. */
  async apply<T>(rpc: KubeletRpc, clock: Clock, empty: T, work: () => Promise<T>): Promise<T> {
    this.begun.set(rpc, this.seen(rpc) + 1);
    const fault = this.planned.get(rpc)?.shift();
    if (fault?.kind === 'hang') return new Promise<never>(() => {});
    if (fault?.kind === 'error') throw new Error(fault.message);
    if (fault?.kind === 'empty') return empty;
    if (fault?.kind === 'late') await pause(clock, fault.ms);
    return work();
  }
}
