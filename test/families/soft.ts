// SPDX-License-Identifier: Apache-2.0
import { type Family, pciAt } from './family.ts';

const siwAttributes = {
  node_type: '4: RNIC\n',
  node_desc: 'Software iWARP stack\n',
  node_guid: '5054:00ff:fe00:0030\n',
  fw_ver: '\n',
  board_id: '\n',
};
const rxeAttributes = { node_guid: '5054:00ff:fe00:0020\n', node_desc: 'rxe\n', fw_ver: '\n', board_id: '\n' };

/** drivers/infiniband/sw/rxe: a device without a parent, that names its netdev in `parent`. */
export const rxe: Family = {
  name: 'Soft RoCE (rxe)',
  hosts: [
    {
      title: 'on a virtio NIC',
      basis: 'capture',
      works: 'RoCE in software, CM, MAD',
      notes:
        'For laptops and CI. No PCI identity: select by netdev or RDMA device. Deleted by the kernel when its netdev moves into a pod.',
      hcas: [
        {
          name: 'rxe0',
          number: 0,
          device: null,
          attributes: rxeAttributes,
          softParent: 'eth0',
          ports: [{ number: 1, gidNetdevs: ['eth0', 'eth0'] }],
        },
      ],
      netdevs: [{ name: 'eth0', address: '52:54:00:00:00:20', at: 'pci0000:00/0000:00:04.0/virtio1' }],
      found: [
        {
          name: 'rxe0',
          drivers: '- rdma_rxe',
          pci: null,
          numaNode: null,
          nodeType: 'CA',
          ports: ['1 Ethernet eth0'],
          netdevs: ['eth0 ether'],
          nodes: ['uverbs0', 'umad0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "rxe", "rdmaHcaMax": 10, "selectors": { "rdmaDevices": ["rxe*"] } }',
      offer: { hcas: ['rxe0'], shares: 10, nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/rdma_cm'] },
      strict: ['rxe0'],
    },
    {
      title: 'on a bond, beside hardware',
      basis: 'sources',
      works: 'RoCE in software, CM, MAD',
      notes: 'Of the hardware below the bond it has nothing in sysfs.',
      hcas: [
        {
          name: 'rxe0',
          number: 0,
          device: null,
          attributes: rxeAttributes,
          softParent: 'bond0',
          ports: [{ number: 1, gidNetdevs: ['bond0'] }],
        },
        {
          name: 'mlx5_0',
          number: 1,
          device: pciAt('0000:3b:00.0'),
          ports: [{ number: 1, gidNetdevs: ['ens1f0np0'] }],
          netdevs: [{ name: 'ens1f0np0', flags: '0x1803' }],
        },
      ],
      netdevs: [{ name: 'bond0', flags: '0x1403', at: 'virtual' }],
      found: [
        {
          name: 'mlx5_0',
          drivers: 'mlx5_core mlx5_ib',
          pci: '0000:3b:00.0 15b3:101d pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet ens1f0np0'],
          netdevs: ['ens1f0np0 ether'],
          nodes: ['uverbs1', 'umad10', 'rdma_cm'],
        },
        {
          name: 'rxe0',
          drivers: '- rdma_rxe',
          pci: null,
          numaNode: null,
          nodeType: 'CA',
          ports: ['1 Ethernet bond0'],
          netdevs: ['bond0 ether'],
          nodes: ['uverbs0', 'umad0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "rxe", "rdmaHcaMax": 10, "selectors": { "ifNames": ["bond0"] } }',
      offer: { hcas: ['rxe0'], shares: 10, nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/rdma_cm'] },
      strict: ['rxe0'],
    },
  ],
};

/** drivers/infiniband/sw/siw: its parent is that of its netdev, if any; its GUID is made of the netdev's MAC. */
export const siw: Family = {
  name: 'Soft iWARP (siw)',
  hosts: [
    {
      title: 'without a parent',
      basis: 'capture',
      works: 'iWARP in software, CM',
      notes: 'No MAD. sysfs does not name its netdev, which is found by its MAC.',
      hcas: [{ name: 'siw0', number: 0, device: null, attributes: siwAttributes, kinds: ['uverbs'] }],
      netdevs: [{ name: 'eth0', address: '52:54:00:00:00:30', at: 'pci0000:00/0000:00:04.0/virtio1' }],
      found: [
        {
          name: 'siw0',
          drivers: '- siw',
          pci: null,
          numaNode: null,
          nodeType: 'RNIC',
          ports: ['1 Ethernet eth0'],
          netdevs: ['eth0 ether'],
          nodes: ['uverbs0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "siw", "rdmaHcaMax": 10, "selectors": { "drivers": ["siw"] } }',
      offer: { hcas: ['siw0'], shares: 10, nodes: ['infiniband/uverbs0', 'infiniband/rdma_cm'] },
      strict: [],
    },
    {
      title: 'on the function of an ordinary NIC',
      basis: 'sources',
      works: 'iWARP in software, CM',
      notes:
        'Has the vendor, ids and PCI driver of the NIC: `"exclude": { "drivers": ["siw", "rdma_rxe"] }` keeps soft devices out of a resource for hardware.',
      hcas: [
        {
          name: 'mlx5_0',
          number: 0,
          device: pciAt('0000:3b:00.0'),
          ports: [{ number: 1, gidNetdevs: ['ens1f0np0'] }],
          netdevs: [{ name: 'ens1f0np0', physPortName: 'p0', address: '52:54:00:00:00:30' }],
        },
        { name: 'siw0', number: 1, device: pciAt('0000:3b:00.0'), attributes: siwAttributes, kinds: ['uverbs'] },
      ],
      found: [
        {
          name: 'mlx5_0',
          drivers: 'mlx5_core mlx5_ib',
          pci: '0000:3b:00.0 15b3:101d pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet ens1f0np0'],
          netdevs: ['ens1f0np0 ether'],
          nodes: ['uverbs0', 'umad0', 'rdma_cm'],
        },
        {
          name: 'siw0',
          drivers: 'mlx5_core siw',
          pci: '0000:3b:00.0 15b3:101d pf',
          numaNode: 0,
          nodeType: 'RNIC',
          ports: ['1 Ethernet ens1f0np0'],
          netdevs: ['ens1f0np0 ether'],
          nodes: ['uverbs1', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "siw", "rdmaHcaMax": 10, "selectors": { "drivers": ["siw"] } }',
      offer: { hcas: ['siw0'], shares: 10, nodes: ['infiniband/uverbs1', 'infiniband/rdma_cm'] },
      strict: [],
    },
  ],
};
