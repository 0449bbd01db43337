// SPDX-License-Identifier: Apache-2.0
import { test } from 'node:test';
import { hcaDiscoveryContract, hcaHintsContract } from 'rdma-shared-device-plugin/testing';
import { acmeHost } from './acme-host.js';

for (const { name, run } of [...hcaDiscoveryContract, ...hcaHintsContract])
  test(`Acme's adapter ${name}`, () => run(acmeHost));
