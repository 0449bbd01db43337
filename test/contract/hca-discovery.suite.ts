// SPDX-License-Identifier: Apache-2.0
import { describe, it } from '@jest/globals';
import { type HcaWorld, hcaDiscoveryContract } from '#src/testing/hca-discovery-contract.ts';

export type { HcaWorld };

/** What every adapter of HcaDiscovery promises. `makeWorld` makes an empty host. */
export function hcaDiscoverySuite(adapter: string, makeWorld: () => Promise<HcaWorld>): void {
  describe(`HcaDiscovery: ${adapter}`, () => {
    it.each(hcaDiscoveryContract)('$name', async ({ run }) => {
      await run(makeWorld);
    });
  });
}
