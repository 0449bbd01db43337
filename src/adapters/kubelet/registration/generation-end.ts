// SPDX-License-Identifier: Apache-2.0

/**
 * Why a generation ended.
 * - `stopped`: this program ended it.
 * - `bind-failed`: its socket could not be created.
 * - `refused`: the kubelet refused the registration.
 * - `no-stream`: the kubelet made contact but opened no ListAndWatch stream.
 * - `not-contacted`: no kubelet made contact by this method, and the other method can be tried.
 * - `connection-lost`: its stream, its socket or the kubelet went away.
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
