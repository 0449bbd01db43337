// SPDX-License-Identifier: Apache-2.0
import { type Family, auxiliary, pciAt } from './family.ts';

const card = pciAt('0000:18:00.0');

/**
 * drivers/infiniband/hw/irdma, for E800 (ice), X722 (i40e) and their VFs (iavf). RoCE or iWARP is a setting of the
 * card.
 */
export const irdma: Family = {
  name: 'Intel E800, X722 (irdma)',
  hosts: [
    {
      title: 'RoCE',
      basis: 'sources',
      works: 'RoCE, CM, MAD',
      notes: '`drivers` matches `ice` as well as `irdma`.',
      hcas: [
        {
          name: 'rocep24s0',
          number: 0,
          device: card,
          driver: 'ice',
          pci: { vendor: '0x8086\n', device: '0x1592\n', class: '0x020000\n', numa_node: '0\n' },
          attributes: { hca_type: 'irdma-roce\n' },
          ports: [{ number: 1, gidNetdevs: ['ens785f0'] }],
          netdevs: [{ name: 'ens785f0' }],
        },
      ],
      links: auxiliary(card, 'ice.roce.0', 'irdma.gen_2'),
      found: [
        {
          name: 'rocep24s0',
          drivers: 'ice irdma',
          pci: '0000:18:00.0 8086:1592 pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet ens785f0'],
          netdevs: ['ens785f0 ether'],
          nodes: ['uverbs0', 'umad0', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "e810", "rdmaHcaMax": 16, "selectors": { "drivers": ["irdma"], "linkTypes": ["ether"] } }',
      offer: {
        hcas: ['rocep24s0'],
        shares: 16,
        nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/rdma_cm'],
      },
      strict: ['rocep24s0'],
    },
    {
      title: 'iWARP',
      basis: 'sources',
      works: 'iWARP, CM',
      notes:
        'No MAD and therefore no umad: upstream rejects it. The GID table names no netdev, so the netdev of the function counts.',
      hcas: [
        {
          name: 'iwp24s0',
          number: 0,
          device: card,
          driver: 'i40e',
          kinds: ['uverbs'],
          pci: { vendor: '0x8086\n', device: '0x37d2\n', class: '0x020000\n', numa_node: '0\n' },
          attributes: { node_type: '4: RNIC\n', hca_type: 'irdma-iwarp\n' },
          netdevs: [{ name: 'eno1' }],
        },
      ],
      links: auxiliary(card, 'i40e.iwarp.0', 'irdma.irdma'),
      found: [
        {
          name: 'iwp24s0',
          drivers: 'i40e irdma',
          pci: '0000:18:00.0 8086:37d2 pf',
          numaNode: 0,
          nodeType: 'RNIC',
          ports: ['1 Ethernet eno1'],
          netdevs: ['eno1 ether'],
          nodes: ['uverbs0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "x722", "rdmaHcaMax": 16, "selectors": { "drivers": ["i40e"] } }',
      offer: { hcas: ['iwp24s0'], shares: 16, nodes: ['infiniband/uverbs0', 'infiniband/rdma_cm'] },
      strict: [],
    },
  ],
};

/** drivers/infiniband/hw/bnxt_re. */
export const bnxtRe: Family = {
  name: 'Broadcom NetXtreme-E (bnxt_re)',
  hosts: [
    {
      title: 'RoCE, PF and VF',
      basis: 'sources',
      works: 'RoCE, CM, MAD',
      notes: 'udev loads the RDMA module after the NIC is up, so the HCA appears late and is offered then.',
      hcas: [
        {
          name: 'bnxt_re0',
          number: 0,
          device: card,
          driver: 'bnxt_en',
          pci: { vendor: '0x14e4\n', device: '0x1750\n', class: '0x020000\n', numa_node: '1\n' },
          ports: [{ number: 1, gidNetdevs: ['ens3f0np0'] }],
          netdevs: [{ name: 'ens3f0np0', physPortName: 'p0' }],
        },
        {
          name: 'bnxt_re1',
          number: 1,
          device: pciAt('0000:18:02.0'),
          driver: 'bnxt_en',
          pci: { vendor: '0x14e4\n', device: '0x1606\n', class: '0x020000\n', numa_node: '1\n' },
          physicalFunction: '0000:18:00.0',
          ports: [{ number: 1, gidNetdevs: ['ens3f0v0'] }],
          netdevs: [{ name: 'ens3f0v0' }],
        },
      ],
      found: [
        {
          name: 'bnxt_re0',
          drivers: 'bnxt_en bnxt_re',
          pci: '0000:18:00.0 14e4:1750 pf',
          numaNode: 1,
          nodeType: 'CA',
          ports: ['1 Ethernet ens3f0np0'],
          netdevs: ['ens3f0np0 ether'],
          nodes: ['uverbs0', 'umad0', 'rdma_cm'],
        },
        {
          name: 'bnxt_re1',
          drivers: 'bnxt_en bnxt_re',
          pci: '0000:18:02.0 14e4:1606 vf',
          numaNode: 1,
          nodeType: 'CA',
          ports: ['1 Ethernet ens3f0v0'],
          netdevs: ['ens3f0v0 ether'],
          nodes: ['uverbs1', 'umad10', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "thor", "rdmaHcaMax": 8, "selectors": { "vendors": ["14e4"], "functionKinds": ["pf"] } }',
      offer: { hcas: ['bnxt_re0'], shares: 8, nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/rdma_cm'] },
      strict: ['bnxt_re0'],
    },
  ],
};

/** drivers/infiniband/hw/hns: a client of hns3. sysfs shows no binding of it. */
export const hns: Family = {
  name: 'HiSilicon (hns)',
  hosts: [
    {
      title: 'RoCE',
      basis: 'sources',
      works: 'RoCE, CM, MAD',
      notes: '',
      hcas: [
        {
          name: 'hns_0',
          number: 0,
          device: 'pci0000:7c/0000:7c:00.0/0000:7d:00.0',
          driver: 'hns3',
          pci: { vendor: '0x19e5\n', device: '0xa222\n', class: '0x020000\n', numa_node: '0\n' },
          ports: [{ number: 1, gidNetdevs: ['enp125s0f0'] }],
          netdevs: [{ name: 'enp125s0f0' }],
        },
      ],
      found: [
        {
          name: 'hns_0',
          drivers: 'hns3 hns_roce_hw_v2',
          pci: '0000:7d:00.0 19e5:a222 pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet enp125s0f0'],
          netdevs: ['enp125s0f0 ether'],
          nodes: ['uverbs0', 'umad0', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "hns", "rdmaHcaMax": 8, "selectors": { "vendors": ["19e5"] } }',
      offer: { hcas: ['hns_0'], shares: 8, nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/rdma_cm'] },
      strict: ['hns_0'],
    },
  ],
};

/** drivers/infiniband/hw/cxgb4. */
export const cxgb4: Family = {
  name: 'Chelsio T4 to T6 (cxgb4)',
  hosts: [
    {
      title: 'iWARP, two ports',
      basis: 'sources',
      works: 'iWARP, CM',
      notes:
        'No MAD and therefore no umad: upstream rejects it. Two netdevs on one function, distinguished by dev_port. Needs rdma_cm.',
      hcas: [
        {
          name: 'cxgb4_0',
          number: 0,
          device: pciAt('0000:18:00.4'),
          driver: 'cxgb4',
          kinds: ['uverbs'],
          pci: { vendor: '0x1425\n', device: '0x6408\n', class: '0x020000\n', numa_node: '0\n' },
          attributes: { node_type: '4: RNIC\n', hca_type: 'T6\n' },
          ports: [{ number: 1 }, { number: 2 }],
          netdevs: [
            { name: 'enp24s0f4', devPort: 0, devId: '0x0' },
            { name: 'enp24s0f4d1', devPort: 1, devId: '0x0' },
          ],
        },
      ],
      found: [
        {
          name: 'cxgb4_0',
          drivers: 'cxgb4 iw_cxgb4',
          pci: '0000:18:00.4 1425:6408 pf',
          numaNode: 0,
          nodeType: 'RNIC',
          ports: ['1 Ethernet enp24s0f4', '2 Ethernet enp24s0f4d1'],
          netdevs: ['enp24s0f4 ether', 'enp24s0f4d1 ether'],
          nodes: ['uverbs0', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "chelsio", "rdmaHcaMax": 8, "selectors": { "drivers": ["cxgb4"] }, "deviceNodes": { "required": ["uverbs", "rdma_cm"] } }',
      offer: { hcas: ['cxgb4_0'], shares: 8, nodes: ['infiniband/uverbs0', 'infiniband/rdma_cm'] },
      strict: [],
    },
  ],
};

const fastLinQ = { vendor: '0x1077\n', device: '0x1656\n', class: '0x020000\n', numa_node: '0\n' };

/** drivers/infiniband/hw/qedr. RoCE or iWARP is a setting of the card. */
export const qedr: Family = {
  name: 'Marvell FastLinQ (qedr)',
  hosts: [
    {
      title: 'RoCE and iWARP',
      basis: 'sources',
      works: 'RoCE with CM and MAD, or iWARP with CM',
      notes: 'No umad in iWARP mode: upstream rejects it.',
      hcas: [
        {
          name: 'qedr0',
          number: 0,
          device: card,
          driver: 'qede',
          pci: fastLinQ,
          attributes: { hca_type: 'FastLinQ QL1656 RoCE\n' },
          ports: [{ number: 1, gidNetdevs: ['ens4f0'] }],
          netdevs: [{ name: 'ens4f0' }],
        },
        {
          name: 'qedr1',
          number: 1,
          device: pciAt('0000:18:00.1'),
          driver: 'qede',
          pci: fastLinQ,
          kinds: ['uverbs'],
          attributes: { node_type: '4: RNIC\n', hca_type: 'FastLinQ QL1656 iWARP\n' },
          netdevs: [{ name: 'ens4f1' }],
        },
      ],
      found: [
        {
          name: 'qedr0',
          drivers: 'qede qedr',
          pci: '0000:18:00.0 1077:1656 pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 Ethernet ens4f0'],
          netdevs: ['ens4f0 ether'],
          nodes: ['uverbs0', 'umad0', 'rdma_cm'],
        },
        {
          name: 'qedr1',
          drivers: 'qede qedr',
          pci: '0000:18:00.1 1077:1656 pf',
          numaNode: 0,
          nodeType: 'RNIC',
          ports: ['1 Ethernet ens4f1'],
          netdevs: ['ens4f1 ether'],
          nodes: ['uverbs1', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "fastlinq", "rdmaHcaMax": 8, "sharing": "device", "selectors": { "drivers": ["qedr"] } }',
      offer: {
        hcas: ['qedr0', 'qedr1'],
        shares: 16,
        nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/rdma_cm'],
      },
      strict: ['qedr0'],
    },
  ],
};
