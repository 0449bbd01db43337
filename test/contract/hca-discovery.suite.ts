// SPDX-License-Identifier: Apache-2.0
import { describe, it } from '@jest/globals';
import { hcaDiscoveryContract } from '#src/testing/hca-discovery-contract.ts';
import type { HcaWorld } from '#src/testing/hca-world.ts';

export type { HcaWorld };

/** Runs the contract of HcaDiscovery over an adapter. `makeWorld` makes a host without HCAs. */
export function hcaDiscoverySuite(adapter: string, makeWorld: () => Promise<HcaWorld>): void {
  describe(`HcaDiscovery: ${adapter}`, () => {
    it.each(hcaDiscoveryContract)('$name', async ({ run }) => {
      await run(makeWorld);
    });
  });
}
