// SPDX-License-Identifier: Apache-2.0
import { type Family, pciAt } from './family.ts';

const card = pciAt('0000:04:00.0');
const connectX3 = { vendor: '0x15b3\n', device: '0x1007\n', class: '0x028000\n', numa_node: '-1\n' };
const vmbus = 'LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/VMBUS:00/3daf2e8c-a732-094b-ab99-bd1f1c86b501';

/** ConnectX-2 and 3: drivers/infiniband/hw/mlx4, drivers/net/ethernet/mellanox/mlx4. */
export const mlx4: Family = {
  name: 'Mellanox ConnectX-2, ConnectX-3',
  hosts: [
    {
      title: 'two ports, RoCE',
      basis: 'sources',
      works: 'RoCE, CM, MAD',
      notes: 'One function with two ports, two netdevs and two umad nodes; all of them are given.',
      hcas: [
        {
          name: 'mlx4_0',
          number: 0,
          device: card,
          pci: connectX3,
          driver: 'mlx4_core',
          ports: [
            { number: 1, gidNetdevs: ['ens2'] },
            { number: 2, state: '1: DOWN', gidNetdevs: ['ens2d1'] },
          ],
          netdevs: [
            { name: 'ens2', devPort: 0 },
            { name: 'ens2d1', devPort: 1, flags: '0x1002' },
          ],
        },
      ],
      found: [
        {
          name: 'mlx4_0',
          drivers: 'mlx4_core mlx4_ib',
          pci: '0000:04:00.0 15b3:1007 pf',
          numaNode: null,
          nodeType: 'CA',
          ports: ['1 Ethernet ens2', '2 Ethernet ens2d1'],
          netdevs: ['ens2 ether', 'ens2d1 ether'],
          nodes: ['uverbs0', 'umad0', 'umad1', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "cx3", "rdmaHcaMax": 4, "selectors": { "drivers": ["mlx4_core"], "ifNames": ["ens2d1"] } }',
      offer: {
        hcas: ['mlx4_0'],
        shares: 4,
        nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/umad1', 'infiniband/rdma_cm'],
      },
      strict: ['mlx4_0'],
    },
    {
      title: 'InfiniBand and RoCE on one card (VPI)',
      basis: 'sources',
      works: 'InfiniBand on one port, RoCE on the other, CM, MAD',
      notes: 'Of class 0280, not 0200. Its link types are both `infiniband` and `ether`.',
      hcas: [
        {
          name: 'mlx4_0',
          number: 0,
          device: card,
          pci: connectX3,
          driver: 'mlx4_core',
          ports: [
            { number: 1, linkLayer: 'InfiniBand', guid: '0002:c903:00f9:bfa1', mads: ['umad', 'issm'] },
            { number: 2, gidNetdevs: ['ens2d1'] },
          ],
          netdevs: [
            {
              name: 'ib0',
              type: 32,
              devPort: 0,
              devId: '0x0',
              address: '80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:f9:bf:a1',
            },
            { name: 'ens2d1', devPort: 1 },
          ],
        },
      ],
      found: [
        {
          name: 'mlx4_0',
          drivers: 'mlx4_core mlx4_ib',
          pci: '0000:04:00.0 15b3:1007 pf',
          numaNode: null,
          nodeType: 'CA',
          ports: ['1 InfiniBand ib0', '2 Ethernet ens2d1'],
          netdevs: ['ens2d1 ether', 'ib0 infiniband'],
          nodes: ['uverbs0', 'umad0', 'umad1', 'issm0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "vpi", "rdmaHcaMax": 4, "selectors": { "drivers": ["mlx4_ib"] } }',
      offer: {
        hcas: ['mlx4_0'],
        shares: 4,
        nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/umad1', 'infiniband/issm0', 'infiniband/rdma_cm'],
      },
      strict: ['mlx4_0'],
    },
    {
      title: 'on Azure, below vmbus',
      basis: 'sources',
      works: 'InfiniBand, CM, MAD',
      notes:
        'No PCI function, so neither vendor nor address: select by the RDMA device. We do not know what its driver is called there; the test leaves it out.',
      hcas: [
        {
          name: 'mlx4_0',
          number: 0,
          device: vmbus,
          driver: null,
          kinds: ['uverbs', 'umad', 'issm'],
          ports: [{ number: 1, linkLayer: 'InfiniBand', guid: '0015:5dff:fe33:ff01' }],
        },
      ],
      found: [
        {
          name: 'mlx4_0',
          drivers: '- -',
          pci: null,
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 InfiniBand'],
          netdevs: [],
          nodes: ['uverbs0', 'umad0', 'issm0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "ndr", "rdmaHcaMax": 4, "selectors": { "rdmaDevices": ["mlx4_*"] } }',
      offer: {
        hcas: ['mlx4_0'],
        shares: 4,
        nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/issm0', 'infiniband/rdma_cm'],
      },
      strict: ['mlx4_0'],
    },
  ],
};
