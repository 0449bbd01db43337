// SPDX-License-Identifier: Apache-2.0
import { test } from 'node:test';
import { hcaDiscoveryContract } from 'rdma-shared-device-plugin/testing';
import { acmeHost } from './acme-host.js';

for (const { name, run } of hcaDiscoveryContract) test(`Acme's adapter ${name}`, () => run(acmeHost));
