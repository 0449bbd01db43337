// SPDX-License-Identifier: Apache-2.0
import { fakeWorld, fileFakeWorld, sysfsWorld } from '../support/hosts-worlds.ts';
import { hcaDiscoverySuite } from './hca-discovery.suite.ts';

hcaDiscoverySuite('SysfsHcaDiscovery', { hasPlace: true }, sysfsWorld);
hcaDiscoverySuite('FakeHcaDiscovery', { hasPlace: false }, fakeWorld);
hcaDiscoverySuite('FileFakeHcaDiscovery', { hasPlace: true }, fileFakeWorld);
