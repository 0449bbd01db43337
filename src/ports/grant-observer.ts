// SPDX-License-Identifier: Apache-2.0

/** Learns of every grant. `granted` returns immediately and never throws: the kubelet waits for the answer. */
export abstract class GrantObserver {
  /** One container is about to get these shares, with the device nodes that are offered now. */
  abstract granted(resource: string, shareIds: readonly string[]): void;
}
