// SPDX-License-Identifier: Apache-2.0
import { type Family, auxiliary, pciAt } from './family.ts';

const manaFunction =
  'LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/MSFT1000:00/7870e4fb-7870-4a2b-8d3e-000d3a7f1c9e/pci7870:00/7870:00:00.0';
const mana = { vendor: '0x1414\n', device: '0x00ba\n', class: '0x020000\n', numa_node: '0\n' };

/** drivers/infiniband/hw/efa. */
export const efa: Family = {
  name: 'AWS EFA',
  hosts: [
    {
      title: 'EFA',
      basis: 'sources',
      works: 'verbs (SRD) by libfabric',
      notes:
        'Only uverbs: no netdev, no MAD, no CM. The OFI plugin of NCCL does not read NCCL_IB_HCA. Programs need huge pages.',
      hcas: [0, 1].map((index) => ({
        name: `rdmap${16 + index}s27`,
        number: index,
        device: pciAt(`0000:${(0x10 + index).toString(16)}:1b.0`),
        driver: 'efa',
        kinds: ['uverbs'] as const,
        pci: { vendor: '0x1d0f\n', device: '0xefa2\n', class: '0x020000\n', numa_node: `${index}\n` },
        attributes: { node_type: '7: unspecified\n' },
        ports: [{ number: 1, linkLayer: 'Unknown' }],
      })),
      rdmaCm: false,
      found: [
        {
          name: 'rdmap16s27',
          drivers: 'efa efa',
          pci: '0000:10:1b.0 1d0f:efa2 pf',
          numaNode: 0,
          nodeType: 'unspecified',
          ports: ['1 Unknown'],
          netdevs: [],
          nodes: ['uverbs0'],
        },
        {
          name: 'rdmap17s27',
          drivers: 'efa efa',
          pci: '0000:11:1b.0 1d0f:efa2 pf',
          numaNode: 1,
          nodeType: 'unspecified',
          ports: ['1 Unknown'],
          netdevs: [],
          nodes: ['uverbs1'],
        },
      ],
      resource: '{ "resourceName": "efa", "rdmaHcaMax": 1, "sharing": "device", "selectors": { "drivers": ["efa"] } }',
      offer: { hcas: ['rdmap16s27', 'rdmap17s27'], shares: 2, nodes: ['infiniband/uverbs0'] },
      strict: [],
    },
  ],
};

/** drivers/infiniband/hw/erdma: a function of its own, that works on the virtio NIC with the MAC of which its GUID is made. */
export const erdma: Family = {
  name: 'Alibaba eRDMA',
  hosts: [
    {
      title: 'eRDMA',
      basis: 'sources',
      works: 'iWARP, CM',
      notes: 'No MAD. Its netdev is the virtio NIC with its MAC, of another function. Of PCI class 00ff.',
      hcas: [
        {
          name: 'erdma_0',
          number: 0,
          device: pciAt('0000:00:07.0'),
          driver: 'erdma',
          kinds: ['uverbs'],
          pci: { vendor: '0x1ded\n', device: '0x107f\n', class: '0x00ff00\n', numa_node: '0\n' },
          attributes: { node_type: '4: RNIC\n', node_guid: '0216:3eff:fe01:0203\n' },
        },
      ],
      netdevs: [
        { name: 'eth0', address: '00:16:3e:01:02:01', at: 'pci0000:00/0000:00:05.0/virtio2' },
        { name: 'eth1', address: '00:16:3e:01:02:03', at: 'pci0000:00/0000:00:06.0/virtio3' },
        { name: 'eth1.100', address: '00:16:3e:01:02:03', at: 'virtual' },
      ],
      found: [
        {
          name: 'erdma_0',
          drivers: 'erdma erdma',
          pci: '0000:00:07.0 1ded:107f pf',
          numaNode: 0,
          nodeType: 'RNIC',
          ports: ['1 Ethernet eth1'],
          netdevs: ['eth1 ether'],
          nodes: ['uverbs0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "erdma", "rdmaHcaMax": 8, "selectors": { "ifNames": ["eth1"] } }',
      offer: { hcas: ['erdma_0'], shares: 8, nodes: ['infiniband/uverbs0', 'infiniband/rdma_cm'] },
      strict: [],
    },
  ],
};

/** drivers/infiniband/hw/mana: `ib_device_set_netdev` with the netvsc above the function's own netdev (mana_get_primary_netdev). */
export const microsoftMana: Family = {
  name: 'Microsoft MANA',
  hosts: [
    {
      title: 'RoCE and raw packets',
      basis: 'sources',
      works: 'RoCE and CM on one device; raw packets only on the other',
      notes:
        'Two RDMA devices on one function of a guest, which has no link to a PF: `functionKinds` is `pf`. The raw one has no umad, so that the strict rule leaves the right one.',
      hcas: [
        {
          name: 'mana_0',
          number: 0,
          device: manaFunction,
          driver: 'mana',
          pci: mana,
          attributes: { node_guid: '0000:0000:0000:0000\n' },
          kinds: ['uverbs'],
          netdevs: [{ name: 'enP30832s1', address: '00:0d:3a:7f:1c:9e', flags: '0x1803' }],
        },
        {
          name: 'mana_1',
          number: 1,
          device: manaFunction,
          driver: 'mana',
          pci: mana,
          attributes: { node_guid: '020d:3aff:fe7f:1c9e\n' },
          ports: [{ number: 1, gidNetdevs: ['eth0'] }],
        },
      ],
      netdevs: [
        {
          name: 'eth0',
          address: '00:0d:3a:7f:1c:9e',
          at: 'LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/MSFT1000:00/000d3a7f-1c9e-000d-3a7f-1c9e000d3a7f',
        },
      ],
      links: auxiliary(manaFunction, 'mana.rdma.0', 'mana_ib.mana'),
      found: [
        {
          name: 'mana_0',
          drivers: 'mana mana_ib',
          pci: '7870:00:00.0 1414:00ba pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet enP30832s1'],
          netdevs: ['enP30832s1 ether'],
          nodes: ['uverbs0', 'rdma_cm'],
        },
        {
          name: 'mana_1',
          drivers: 'mana mana_ib',
          pci: '7870:00:00.0 1414:00ba pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet enP30832s1,eth0'],
          netdevs: ['enP30832s1 ether', 'eth0 ether'],
          nodes: ['uverbs1', 'umad10', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "mana", "rdmaHcaMax": 8, "selectors": { "drivers": ["mana_ib"] }, "deviceNodes": { "required": ["uverbs", "umad"] } }',
      offer: { hcas: ['mana_1'], shares: 8, nodes: ['infiniband/uverbs1', 'infiniband/umad10', 'infiniband/rdma_cm'] },
      strict: ['mana_1'],
    },
  ],
};

/** drivers/infiniband/hw/vmw_pvrdma: function 1 beside a vmxnet3 NIC in function 0. */
export const pvrdma: Family = {
  name: 'VMware PVRDMA',
  hosts: [
    {
      title: 'PVRDMA',
      basis: 'sources',
      works: 'RoCE, CM, MAD',
      notes: 'Its netdev is that of the vmxnet3 function beside it, found by the GID table.',
      hcas: [
        {
          name: 'vmw_pvrdma0',
          number: 0,
          device: pciAt('0000:0b:00.1'),
          driver: 'vmw_pvrdma',
          pci: { vendor: '0x15ad\n', device: '0x0820\n', class: '0x028000\n', numa_node: '-1\n' },
          ports: [{ number: 1, gidNetdevs: ['ens192'] }],
        },
      ],
      netdevs: [{ name: 'ens192', address: '00:50:56:aa:bb:cc', at: pciAt('0000:0b:00.0') }],
      found: [
        {
          name: 'vmw_pvrdma0',
          drivers: 'vmw_pvrdma vmw_pvrdma',
          pci: '0000:0b:00.1 15ad:0820 pf',
          numaNode: null,
          nodeType: 'CA',
          ports: ['1 Ethernet ens192'],
          netdevs: ['ens192 ether'],
          nodes: ['uverbs0', 'umad0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "pvrdma", "rdmaHcaMax": 4, "selectors": { "ifNames": ["ens192"] } }',
      offer: {
        hcas: ['vmw_pvrdma0'],
        shares: 4,
        nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/rdma_cm'],
      },
      strict: ['vmw_pvrdma0'],
    },
  ],
};
