// SPDX-License-Identifier: Apache-2.0
import { type Family, auxiliary, pciAt } from './family.ts';

const card = pciAt('0000:18:00.0');

/** drivers/infiniband/hw/ocrdma. */
export const ocrdma: Family = {
  name: 'Emulex OneConnect (ocrdma)',
  hosts: [
    {
      title: 'RoCE',
      basis: 'sources',
      works: 'RoCE, CM, MAD',
      notes: 'Old.',
      hcas: [
        {
          name: 'ocrdma0',
          number: 0,
          device: card,
          driver: 'be2net',
          pci: { vendor: '0x10df\n', device: '0xe220\n', class: '0x020000\n', numa_node: '-1\n' },
          ports: [{ number: 1, gidNetdevs: ['ens5f0'] }],
          netdevs: [{ name: 'ens5f0' }],
        },
      ],
      found: [
        {
          name: 'ocrdma0',
          drivers: 'be2net ocrdma',
          pci: '0000:18:00.0 10df:e220 pf',
          numaNode: null,
          nodeType: 'CA',
          ports: ['1 Ethernet ens5f0'],
          netdevs: ['ens5f0 ether'],
          nodes: ['uverbs0', 'umad0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "oneconnect", "rdmaHcaMax": 4, "selectors": { "drivers": ["ocrdma"] } }',
      offer: { hcas: ['ocrdma0'], shares: 4, nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/rdma_cm'] },
      strict: ['ocrdma0'],
    },
  ],
};

/** drivers/infiniband/hw/ionic. */
export const ionic: Family = {
  name: 'AMD Pensando (ionic)',
  hosts: [
    {
      title: 'RoCE',
      basis: 'sources',
      works: 'RoCE, CM, MAD',
      notes: 'Needs a kernel with ionic_rdma, 6.18 or later.',
      hcas: [
        {
          name: 'ionic_0',
          number: 0,
          device: card,
          driver: 'ionic',
          pci: { vendor: '0x1dd8\n', device: '0x1002\n', class: '0x020000\n', numa_node: '1\n' },
          ports: [{ number: 1, gidNetdevs: ['ens6np0'] }],
          netdevs: [{ name: 'ens6np0', physPortName: 'p0' }],
        },
      ],
      links: auxiliary(card, 'ionic.rdma.0', 'ionic_rdma.rdma'),
      found: [
        {
          name: 'ionic_0',
          drivers: 'ionic ionic_rdma',
          pci: '0000:18:00.0 1dd8:1002 pf',
          numaNode: 1,
          nodeType: 'CA',
          ports: ['1 Ethernet ens6np0'],
          netdevs: ['ens6np0 ether'],
          nodes: ['uverbs0', 'umad0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "pensando", "rdmaHcaMax": 8, "selectors": { "vendors": ["1dd8"] } }',
      offer: { hcas: ['ionic_0'], shares: 8, nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/rdma_cm'] },
      strict: ['ionic_0'],
    },
  ],
};

/** drivers/infiniband/hw/usnic. */
export const usnic: Family = {
  name: 'Cisco usNIC',
  hosts: [
    {
      title: 'usNIC',
      basis: 'sources',
      works: 'verbs with libfabric',
      notes:
        'Only uverbs. The RDMA device belongs to the PF and also gives access to the VFs, which carry the traffic.',
      hcas: [
        {
          name: 'usnic_0',
          number: 0,
          device: card,
          driver: 'enic',
          kinds: ['uverbs'],
          pci: { vendor: '0x1137\n', device: '0x0043\n', class: '0x020000\n', numa_node: '0\n' },
          attributes: { node_type: '6: usNIC UDP\n' },
          netdevs: [{ name: 'enp24s0' }],
        },
      ],
      rdmaCm: false,
      found: [
        {
          name: 'usnic_0',
          drivers: 'enic usnic_verbs',
          pci: '0000:18:00.0 1137:0043 pf',
          numaNode: 0,
          nodeType: 'usNIC UDP',
          ports: ['1 Ethernet enp24s0'],
          netdevs: ['enp24s0 ether'],
          nodes: ['uverbs0'],
        },
      ],
      resource: '{ "resourceName": "usnic", "rdmaHcaMax": 8, "selectors": { "drivers": ["usnic_verbs"] } }',
      offer: { hcas: ['usnic_0'], shares: 8, nodes: ['infiniband/uverbs0'] },
      strict: [],
    },
  ],
};
