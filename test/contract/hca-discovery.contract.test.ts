// SPDX-License-Identifier: Apache-2.0
import { fakeWorld, fileFakeWorld, sysfsWorld } from '../support/hosts-worlds.ts';
import { hcaDiscoverySuite } from './hca-discovery.suite.ts';

hcaDiscoverySuite('SysfsHcaDiscovery', sysfsWorld);
hcaDiscoverySuite('FakeHcaDiscovery', fakeWorld);
hcaDiscoverySuite('FileFakeHcaDiscovery', fileFakeWorld);
