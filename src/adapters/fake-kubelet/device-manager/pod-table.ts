// SPDX-License-Identifier: Apache-2.0
import type { PodName, PodRequest } from './pod.ts';

/** Identifies a pod, in place of its UID. */
export function podKey({ namespace, name }: PodName): string {
  return `${namespace}/${name}`;
}

/** The active pods of the node: admitted, and not removed. A pod that the kubelet rejects has failed for good. */
export class PodTable {
  private readonly pods = new Map<string, PodRequest>();

  add(pod: PodRequest): void {
    this.pods.set(podKey(pod), pod);
  }

  remove(pod: PodName): void {
    this.pods.delete(podKey(pod));
  }

  all(): readonly PodRequest[] {
    return [...this.pods.values()];
  }
}
