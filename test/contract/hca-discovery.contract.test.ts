// SPDX-License-Identifier: Apache-2.0
import { describe, it } from '@jest/globals';
import { hcaDiscoveryContract } from '#src/testing/hca-discovery-contract.ts';
import { hcaHintsContract } from '#src/testing/hca-hints-contract.ts';
import { discoveryWorlds } from '../support/discovery-worlds.ts';
import { worldHardware } from '../support/world-hardware.ts';

describe.each(discoveryWorlds)('HcaDiscovery of %s', (_, createWorld) => {
  describe.each(Object.entries(worldHardware))('with %s', (__, hardware) => {
    it.each(hcaDiscoveryContract)('$name', async ({ run }) => {
      await run(async () => createWorld(hardware));
    });
  });

  it.each(hcaHintsContract)('$name', async ({ run }) => {
    await run(async () => createWorld());
  });
});
