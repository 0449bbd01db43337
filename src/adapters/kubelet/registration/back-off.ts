// SPDX-License-Identifier: Apache-2.0
import { BackOff } from '#timing/back-off.ts';

/**
 * Why a generation ended.
 * - `stopped`: this program ended it.
 * - `bind-failed`: its socket could not be created.
 * - `refused`: the kubelet refused the registration.
 * - `no-stream`: the kubelet made contact but opened no ListAndWatch stream.
 * - `not-contacted`: no kubelet made contact by this method, and the other method can be tried.
 * - `connection-lost`: its stream, its socket or the kubelet was lost.
 * - `superseded`: a newer instance of this program serves the resource.
 */
export type EndCause =
  'stopped' | 'bind-failed' | 'refused' | 'no-stream' | 'not-contacted' | 'connection-lost' | 'superseded';

export interface GenerationEnd {
  readonly cause: EndCause;
  readonly reason: string;
  /** How long a ListAndWatch stream was open, in milliseconds; 0 if none ever was. */
  readonly servedMs: number;
  /** The identity of the kubelet.sock of the kubelet that made contact; null if there was none. */
  readonly kubeletIdentity: string | null;
}

const firstMs = 100;
const jitter = 0.25;
/**
 * A node must have its shares again within a second after the kubelet, a directory or the disk is back, and these
 * retries do not burden the kubelet. A kubelet that refuses is asked less often.
 */
const longestMs = { local: 800, refusal: 10_000 };
const localCauses: ReadonlySet<EndCause> = new Set(['connection-lost', 'bind-failed', 'not-contacted']);
/** Just enough that the resources of a node do not register in step. */
const newKubeletMs = 10;
/** The end of a stream that was open for this long does not count as a repeated failure. */
export const stableMs = 5_000;

/**
 * The delays between generations, with jitter so that neither the resources of a node nor the nodes of a cluster
 * register in step. Refusals and local failures are counted separately: after any number of local failures, the first
 * refusal of the kubelet may be its only one.
 */
export class RegistrationBackOff {
  private readonly local: BackOff;
  private readonly refusal: BackOff;

  constructor(private readonly random: () => number) {
    this.local = new BackOff({ firstMs, longestMs: longestMs.local, jitter }, random);
    this.refusal = new BackOff({ firstMs, longestMs: longestMs.refusal, jitter }, random);
  }

  /**
   * Returns the delay before the next generation, in milliseconds. `kubeletIsNew`: the kubelet that served the last
   * generation has stopped, so no kubelet has refused yet, and the next one may start at any moment.
   */
  delayAfter(end: GenerationEnd, kubeletIsNew: boolean): number {
    if (kubeletIsNew) {
      this.reset();
      return newKubeletMs * this.random();
    }
    if (end.servedMs > 0) this.refusal.reset();
    if (end.servedMs >= stableMs) this.local.reset();
    return (localCauses.has(end.cause) ? this.local : this.refusal).next();
  }

  reset(): void {
    this.local.reset();
    this.refusal.reset();
  }
}
