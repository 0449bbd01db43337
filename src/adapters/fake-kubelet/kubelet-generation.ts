// SPDX-License-Identifier: Apache-2.0

/** Where kubelets differ towards device plugins. */
export interface KubeletSwitches {
  /** Which of several plugins of one resource the kubelet knows: the last one, or each by its socket. */
  readonly clientTable: 'by-resource' | 'by-socket';
  /** With a table by socket, what a second Register on a socket that is in use gets (kubernetes PR 139765 is the latter). */
  readonly sameSocket: 'refused' | 'taken-silently';
  /** Whether the plugin watcher tries a plugin again that it could not register (kubernetes PR 133335). */
  readonly watcherFailure: 'stuck' | 'retried';
  readonly userAgent: string;
}

/** K1: up to 1.36. K2: from 1.37 on. */
export type KubeletGeneration = 'K1' | 'K2';

export const kubeletSwitches: Readonly<Record<KubeletGeneration, KubeletSwitches>> = {
  K1: { clientTable: 'by-resource', sameSocket: 'refused', watcherFailure: 'stuck', userAgent: 'grpc-go/1.72.1' },
  K2: { clientTable: 'by-socket', sameSocket: 'refused', watcherFailure: 'retried', userAgent: 'grpc-go/1.82.1' },
};
