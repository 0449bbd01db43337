// SPDX-License-Identifier: Apache-2.0
import { describe, it } from '@jest/globals';
import { hcaDiscoveryContract } from '#src/testing/hca-discovery-contract.ts';
import { discoveryWorlds } from '../support/discovery-worlds.ts';

describe.each(discoveryWorlds)('HcaDiscovery of %s', (_, createWorld) => {
  it.each(hcaDiscoveryContract)('$name', async ({ run }) => {
    await run(async () => createWorld());
  });
});
