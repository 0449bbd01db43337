// SPDX-License-Identifier: Apache-2.0
import type { Inventory } from '#domain/hca/hca.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { FakeHost } from './host.ts';

/** Finds the HCAs of a host in memory. As on a real host, the scan happens after the call. */
export class FakeHcaDiscovery implements HcaDiscovery, HcaChangeHints {
  constructor(private readonly host: FakeHost) {}

  async scan(): Promise<Inventory> {
    await nextTurn();
    return this.host.inventory();
  }

  watch(onHint: () => void): () => void {
    let watching = true;
    const unwatch = this.host.watch(() => {
      setImmediate(() => {
        if (watching) onHint();
      });
    });
    return () => {
      watching = false;
      unwatch();
    };
  }

  watchLinks(): () => void {
    return watchNothing();
  }
}

/** The extra nodes of a host in memory. A watch of the host reports their changes too. */
export class FakeExtraNodes implements ExtraNodes {
  constructor(private readonly host: FakeHost) {}

  async find(patterns: readonly string[]): Promise<readonly string[]> {
    await nextTurn();
    return this.host.extraNodes(patterns);
  }

  watch(_patterns: readonly string[], onHint: () => void): () => void {
    return new FakeHcaDiscovery(this.host).watch(onHint);
  }
}

/** The `watchLinks` of a discovery whose `watch` reports changes of links as well. */
export function watchNothing(): () => void {
  return () => {};
}

async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
