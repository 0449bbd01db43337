// SPDX-License-Identifier: Apache-2.0
import { type Family, auxiliary, pciAt } from './family.ts';

const pf = pciAt('0000:3b:00.0');
const connectX6 = { vendor: '0x15b3\n', device: '0x101d\n', class: '0x020000\n', numa_node: '0\n' };
const subfunction = `${pf}/mlx5_core.sf.2`;

/** ConnectX-4 and later, Connect-IB, BlueField: drivers/infiniband/hw/mlx5, drivers/net/ethernet/mellanox/mlx5. */
export const mlx5: Family = {
  name: 'NVIDIA ConnectX-4 and later, Connect-IB, BlueField',
  hosts: [
    {
      title: 'RoCE, PF and VF',
      basis: 'sources',
      works: 'RoCE, CM, MAD',
      notes: 'Without issm on current kernels, as all RoCE. A VF whose netdev was moved into a pod is still given.',
      hcas: [
        {
          name: 'mlx5_0',
          number: 0,
          device: pf,
          pci: connectX6,
          ports: [{ number: 1, gidNetdevs: ['ens1f0np0', 'ens1f0np0'] }],
          netdevs: [{ name: 'ens1f0np0', physPortName: 'p0' }],
        },
        {
          name: 'mlx5_2',
          number: 1,
          device: pciAt('0000:3b:00.2'),
          pci: { ...connectX6, device: '0x101e\n' },
          physicalFunction: '0000:3b:00.0',
          ports: [{ number: 1, gidNetdevs: ['ens1f0v0'] }],
          netdevs: [{ name: 'ens1f0v0' }],
        },
        {
          name: 'mlx5_3',
          number: 2,
          device: pciAt('0000:3b:00.3'),
          pci: { ...connectX6, device: '0x101e\n' },
          physicalFunction: '0000:3b:00.0',
        },
      ],
      links: auxiliary(pf, 'mlx5_core.rdma.0', 'mlx5_ib.rdma'),
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
          name: 'mlx5_2',
          drivers: 'mlx5_core mlx5_ib',
          pci: '0000:3b:00.2 15b3:101e vf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet ens1f0v0'],
          netdevs: ['ens1f0v0 ether'],
          nodes: ['uverbs1', 'umad10', 'rdma_cm'],
        },
        {
          name: 'mlx5_3',
          drivers: 'mlx5_core mlx5_ib',
          pci: '0000:3b:00.3 15b3:101e vf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet'],
          netdevs: [],
          nodes: ['uverbs2', 'umad20', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "mlx5_vf", "rdmaHcaMax": 4, "sharing": "device", "selectors": { "vendors": ["15b3"], "functionKinds": ["vf"] } }',
      offer: {
        hcas: ['mlx5_2', 'mlx5_3'],
        shares: 8,
        nodes: ['infiniband/uverbs1', 'infiniband/umad10', 'infiniband/rdma_cm'],
      },
      strict: ['mlx5_2', 'mlx5_3'],
    },
    {
      title: 'InfiniBand',
      basis: 'sources',
      works: 'InfiniBand, CM, MAD, fabric management',
      notes:
        'The netdev is IPoIB, found by the GUID of its port. `"optional": ["rdma_cm"]` keeps umad and issm from pods.',
      hcas: [
        {
          name: 'mlx5_0',
          number: 0,
          device: pf,
          pci: { ...connectX6, device: '0x1021\n', class: '0x020700\n', numa_node: '1\n' },
          kinds: ['uverbs', 'umad', 'issm'],
          attributes: { node_guid: '946d:ae03:0012:3456\n' },
          ports: [{ number: 1, linkLayer: 'InfiniBand', guid: '946d:ae03:0012:3456' }],
          netdevs: [
            { name: 'ibp59s0', type: 32, address: '00:00:10:29:fe:80:00:00:00:00:00:00:94:6d:ae:03:00:12:34:56' },
          ],
        },
      ],
      found: [
        {
          name: 'mlx5_0',
          drivers: 'mlx5_core mlx5_ib',
          pci: '0000:3b:00.0 15b3:1021 pf',
          numaNode: 1,
          nodeType: 'CA',
          ports: ['1 InfiniBand ibp59s0'],
          netdevs: ['ibp59s0 infiniband'],
          nodes: ['uverbs0', 'umad0', 'issm0', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "ib", "rdmaHcaMax": 8, "selectors": { "vendors": ["15b3"], "linkTypes": ["infiniband"] }, "deviceNodes": { "optional": ["rdma_cm"] } }',
      offer: { hcas: ['mlx5_0'], shares: 8, nodes: ['infiniband/uverbs0', 'infiniband/rdma_cm'] },
      strict: ['mlx5_0'],
    },
    {
      title: 'subfunctions',
      basis: 'sources',
      works: 'RoCE, CM, MAD',
      notes:
        'On the auxiliary bus below their PF, whose PCI identity they have; told apart by their netdevs or RDMA devices.',
      hcas: [
        {
          name: 'mlx5_0',
          number: 0,
          device: pf,
          pci: connectX6,
          ports: [{ number: 1, gidNetdevs: ['ens1f0np0'] }],
          netdevs: [{ name: 'ens1f0np0', physPortName: 'p0' }],
        },
        {
          name: 'mlx5_4',
          number: 1,
          device: subfunction,
          attributes: { node_guid: '0000:0000:0000:0000\n' },
          ports: [{ number: 1, gidNetdevs: ['ens1f0s88'] }],
          netdevs: [{ name: 'ens1f0s88' }],
        },
      ],
      links: {
        ...auxiliary(pf, 'mlx5_core.sf.2', 'mlx5_core.sf'),
        ...auxiliary(subfunction, 'mlx5_core.rdma.2', 'mlx5_ib.rdma'),
      },
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
          name: 'mlx5_4',
          drivers: 'mlx5_core mlx5_ib',
          pci: '0000:3b:00.0 15b3:101d pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet ens1f0s88'],
          netdevs: ['ens1f0s88 ether'],
          nodes: ['uverbs1', 'umad10', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "sf", "rdmaHcaMax": 1, "sharing": "device", "selectors": { "vendors": ["15b3"], "ifNames": ["ens1f0s*"] } }',
      offer: { hcas: ['mlx5_4'], shares: 1, nodes: ['infiniband/uverbs1', 'infiniband/umad10', 'infiniband/rdma_cm'] },
      strict: ['mlx5_4'],
    },
    {
      title: 'RoCE LAG',
      basis: 'sources',
      works: 'RoCE over the bond, CM, MAD',
      notes: 'One RDMA device, on the first PF; the second has none. Its netdevs are the bond and the first port.',
      hcas: [
        {
          name: 'mlx5_bond_0',
          number: 0,
          device: pf,
          pci: connectX6,
          ports: [{ number: 1, gidNetdevs: ['bond0', 'bond0'] }],
          netdevs: [{ name: 'ens1f0np0', flags: '0x1803' }],
        },
      ],
      netdevs: [
        { name: 'ens1f1np1', flags: '0x1803', at: pciAt('0000:3b:00.1') },
        { name: 'bond0', flags: '0x1403', at: 'virtual' },
      ],
      found: [
        {
          name: 'mlx5_bond_0',
          drivers: 'mlx5_core mlx5_ib',
          pci: '0000:3b:00.0 15b3:101d pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet bond0,ens1f0np0'],
          netdevs: ['bond0 ether', 'ens1f0np0 ether'],
          nodes: ['uverbs0', 'umad0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "roce_lag", "rdmaHcaMax": 16, "selectors": { "ifNames": ["bond0"] } }',
      offer: {
        hcas: ['mlx5_bond_0'],
        shares: 16,
        nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/rdma_cm'],
      },
      strict: ['mlx5_bond_0'],
    },
    {
      title: 'switchdev, a port for each representor',
      basis: 'sources',
      works: 'RoCE on the uplink and the representors, CM, MAD',
      notes: 'One RDMA device with a port, and a umad node, for each port of the eSwitch.',
      hcas: [
        {
          name: 'mlx5_0',
          number: 0,
          device: pf,
          pci: connectX6,
          ports: [
            { number: 1, gidNetdevs: ['ens1f0np0'] },
            { number: 2, gidNetdevs: ['ens1f0npf0vf0'] },
          ],
          netdevs: [
            { name: 'ens1f0np0', physPortName: 'p0' },
            { name: 'ens1f0npf0vf0', physPortName: 'pf0vf0' },
            { name: 'ens1f0npf0vf1', physPortName: 'pf0vf1' },
          ],
        },
      ],
      found: [
        {
          name: 'mlx5_0',
          drivers: 'mlx5_core mlx5_ib',
          pci: '0000:3b:00.0 15b3:101d pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet ens1f0np0', '2 Ethernet ens1f0npf0vf0'],
          netdevs: ['ens1f0np0 ether', 'ens1f0npf0vf0 ether'],
          nodes: ['uverbs0', 'umad0', 'umad1', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "uplink", "rdmaHcaMax": 16, "selectors": { "vendors": ["15b3"], "functionKinds": ["pf"] } }',
      offer: {
        hcas: ['mlx5_0'],
        shares: 16,
        nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/umad1', 'infiniband/rdma_cm'],
      },
      strict: ['mlx5_0'],
    },
    {
      title: 'switchdev, an RDMA device for each representor',
      basis: 'sources',
      works: 'RoCE on the uplink, CM, MAD',
      notes:
        'Older kernels: several RDMA devices on one function, told apart by their netdevs. A representor is the far end of another function: leave it out.',
      hcas: [
        {
          name: 'mlx5_0',
          number: 0,
          device: pf,
          pci: connectX6,
          ports: [{ number: 1, gidNetdevs: ['ens1f0np0'] }],
          netdevs: [
            { name: 'ens1f0np0', physPortName: 'p0' },
            { name: 'ens1f0npf0vf0', physPortName: 'pf0vf0' },
          ],
        },
        {
          name: 'mlx5_1',
          number: 1,
          device: pf,
          pci: connectX6,
          attributes: { node_guid: '0000:0000:0000:0000\n' },
          ports: [{ number: 1, gidNetdevs: ['ens1f0npf0vf0'] }],
        },
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
          name: 'mlx5_1',
          drivers: 'mlx5_core mlx5_ib',
          pci: '0000:3b:00.0 15b3:101d pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet ens1f0npf0vf0'],
          netdevs: ['ens1f0npf0vf0 ether'],
          nodes: ['uverbs1', 'umad10', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "uplink", "rdmaHcaMax": 2, "sharing": "device", "selectors": { "vendors": ["15b3"] }, "exclude": { "ifNames": ["*npf*vf*"] } }',
      offer: { hcas: ['mlx5_0'], shares: 2, nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/rdma_cm'] },
      strict: ['mlx5_0'],
    },
  ],
};
