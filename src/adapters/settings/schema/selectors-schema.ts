// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import type { SelectorsDocument } from '#domain/settings/document.ts';
import { type KeysOf, addedKey, key, strings, wholeNumber } from './key.ts';

export const selectorsSchema = v.object({
  vendors: key(strings, 'PCI vendor ids: four lower-case hexadecimal digits, such as `15b3`.'),
  deviceIDs: key(strings, 'PCI device ids: four lower-case hexadecimal digits, such as `1017`.'),
  drivers: key(
    strings,
    'Drivers of the HCA: of its PCI function, such as `mlx5_core`, or of its RDMA device, such as `mlx5_ib`. ' +
      'May be patterns.',
  ),
  ifNames: key(
    strings,
    'Network interfaces of the HCA, such as `ib0`, and the bonds and bridges that they are in; one match is enough. ' +
      'May be patterns, such as `ens*f0`. `""` matches an HCA without a network interface.',
  ),
  linkTypes: key(
    strings,
    'Link types of its network interfaces, or of its ports without one: `ether` or `infiniband`. ' +
      '`""` matches an HCA without a network interface.',
  ),
  rdmaDevices: addedKey(strings, 'RDMA devices, such as `mlx5_0`. May be patterns, such as `mlx5_[0-3]`.'),
  pciAddresses: addedKey(strings, 'PCI addresses, such as `0000:3b:00.0`. May be patterns, such as `0000:3b:*`.', {
    common: true,
  }),
  numaNodes: addedKey(v.array(wholeNumber()), 'NUMA nodes of the HCA, such as `0`.'),
  functionKinds: addedKey(strings, 'Kinds of its PCI function: `pf` (physical) or `vf` (virtual).'),
} satisfies KeysOf<SelectorsDocument>);
