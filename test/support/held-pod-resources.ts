// SPDX-License-Identifier: Apache-2.0
import { type ShareHolder, mergeHolders } from '#domain/offer/share-holder.ts';
import type { PodResources } from '#ports/pod-resources.ts';

/** Holders of shares in memory. A test sets them; null if the kubelet cannot be asked. */
export class HeldPodResources implements PodResources {
  calls = 0;
  private underway: Promise<readonly ShareHolder[] | null> | null = null;

  constructor(public holders: readonly ShareHolder[] | null = null) {}

  async list(isWanted: (resource: string) => boolean): Promise<readonly ShareHolder[] | null> {
    this.underway ??= this.ask().finally(() => {
      this.underway = null;
    });
    return (await this.underway)?.filter(({ resource }) => isWanted(resource)) ?? null;
  }

  private async ask(): Promise<readonly ShareHolder[] | null> {
    this.calls += 1;
    return await Promise.resolve(this.holders === null ? null : mergeHolders(this.holders));
  }
}
