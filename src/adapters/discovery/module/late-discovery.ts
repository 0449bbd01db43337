// SPDX-License-Identifier: Apache-2.0
import type { Inventory } from '#domain/hca/hca.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';

/** A discovery whose code is loaded at the first use. */
export class LateDiscovery implements HcaDiscovery, HcaChangeHints {
  private loading: Promise<HcaDiscovery & HcaChangeHints> | null = null;

  constructor(private readonly load: () => Promise<HcaDiscovery & HcaChangeHints>) {}

  async scan(): Promise<Inventory> {
    return await (await this.loaded()).scan();
  }

  watch(onHint: () => void): () => void {
    return this.later((hints) => hints.watch(onHint));
  }

  watchLinks(onHint: () => void): () => void {
    return this.later((hints) => hints.watchLinks(onHint));
  }

  private later(begin: (hints: HcaChangeHints) => () => void): () => void {
    let stopped = false;
    let stop = (): void => {};
    void this.loaded().then((hints) => {
      if (!stopped) stop = begin(hints);
    });
    return () => {
      stopped = true;
      stop();
    };
  }

  private loaded(): Promise<HcaDiscovery & HcaChangeHints> {
    return (this.loading ??= this.load());
  }
}
