// SPDX-License-Identifier: Apache-2.0
import { type Family, pciAt } from './family.ts';

const ipoib = '80:00:00:48:fe:80:00:00:00:00:00:00';

function hfi(index: number): Family['hosts'][number]['hcas'][number] {
  return {
    name: `hfi1_${index}`,
    number: index,
    device: pciAt(`0000:${index === 0 ? '18' : 'af'}:00.0`),
    driver: 'hfi1',
    kinds: ['uverbs', 'umad', 'issm'],
    pci: { vendor: '0x8086\n', device: '0x24f0\n', class: '0x020800\n', numa_node: `${index}\n` },
    attributes: { node_guid: `0011:7501:0178:000${index}\n` },
    ports: [{ number: 1, linkLayer: 'InfiniBand', guid: `0011:7501:0178:000${index}` }],
    netdevs: [{ name: `ib${index}`, type: 32, address: `${ipoib}:00:11:75:01:01:78:00:0${index}` }],
  };
}

/** drivers/infiniband/hw/hfi1: PSM2 opens `/dev/hfi1_N` of the unit (file_ops.c, user_add), beside what verbs need. */
export const hfi1: Family = {
  name: 'Intel and Cornelis Omni-Path (hfi1)',
  hosts: [
    {
      title: 'two HFIs',
      basis: 'sources',
      works: 'PSM2 and verbs, CM, MAD, fabric management',
      notes: '`/dev/hfi1_N` comes with the HCA of that name. Of PCI class 0208.',
      hcas: [hfi(0), hfi(1)],
      extraNodes: ['/dev/hfi1_0', '/dev/hfi1_1'],
      found: [
        {
          name: 'hfi1_0',
          drivers: 'hfi1 hfi1',
          pci: '0000:18:00.0 8086:24f0 pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 InfiniBand ib0'],
          netdevs: ['ib0 infiniband'],
          nodes: ['uverbs0', 'umad0', 'issm0', 'rdma_cm'],
        },
        {
          name: 'hfi1_1',
          drivers: 'hfi1 hfi1',
          pci: '0000:af:00.0 8086:24f0 pf',
          numaNode: 1,
          nodeType: 'CA',
          ports: ['1 InfiniBand ib1'],
          netdevs: ['ib1 infiniband'],
          nodes: ['uverbs1', 'umad10', 'issm10', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "opa", "rdmaHcaMax": 4, "sharing": "device", "selectors": { "drivers": ["hfi1"] }, "deviceNodes": { "optional": ["rdma_cm"], "extra": ["/dev/hfi1_*"] } }',
      offer: { hcas: ['hfi1_0', 'hfi1_1'], shares: 8, nodes: ['infiniband/uverbs0', 'infiniband/rdma_cm', 'hfi1_0'] },
      strict: ['hfi1_0', 'hfi1_1'],
    },
  ],
};

/** drivers/infiniband/hw/qib. */
export const qib: Family = {
  name: 'QLogic TrueScale (qib)',
  hosts: [
    {
      title: 'InfiniBand',
      basis: 'sources',
      works: 'verbs, CM, MAD, fabric management',
      notes: 'Old. Of PCI class 0c06. PSM of that time opens `/dev/ipath*`: name it in `deviceNodes.extra`.',
      hcas: [
        {
          name: 'qib0',
          number: 0,
          device: pciAt('0000:05:00.0'),
          driver: 'ib_qib',
          kinds: ['uverbs', 'umad', 'issm'],
          pci: { vendor: '0x1077\n', device: '0x7322\n', class: '0x0c0600\n', numa_node: '0\n' },
          ports: [{ number: 1, linkLayer: 'InfiniBand', guid: '0011:7500:0077:a1b2' }],
          netdevs: [{ name: 'ib0', type: 32, address: `${ipoib}:00:11:75:00:00:77:a1:b2` }],
        },
      ],
      extraNodes: ['/dev/ipath', '/dev/ipath0'],
      found: [
        {
          name: 'qib0',
          drivers: 'ib_qib ib_qib',
          pci: '0000:05:00.0 1077:7322 pf',
          numaNode: 0,
          nodeType: 'CA',
          ports: ['1 InfiniBand ib0'],
          netdevs: ['ib0 infiniband'],
          nodes: ['uverbs0', 'umad0', 'issm0', 'rdma_cm'],
        },
      ],
      resource:
        '{ "resourceName": "truescale", "rdmaHcaMax": 4, "selectors": { "drivers": ["ib_qib"] }, "deviceNodes": { "extra": ["/dev/ipath*"] } }',
      offer: {
        hcas: ['qib0'],
        shares: 4,
        nodes: ['infiniband/uverbs0', 'infiniband/umad0', 'infiniband/issm0', 'infiniband/rdma_cm', 'ipath', 'ipath0'],
      },
      strict: ['qib0'],
    },
  ],
};

/** drivers/infiniband/hw/mthca. */
export const mthca: Family = {
  name: 'Mellanox InfiniHost (mthca)',
  hosts: [
    {
      title: 'InfiniBand, two ports',
      basis: 'sources',
      works: 'verbs, CM, MAD, fabric management',
      notes: 'Old.',
      hcas: [
        {
          name: 'mthca0',
          number: 0,
          device: pciAt('0000:06:00.0'),
          driver: 'ib_mthca',
          kinds: ['uverbs', 'umad', 'issm'],
          pci: { vendor: '0x15b3\n', device: '0x6282\n', class: '0x0c0600\n', numa_node: '-1\n' },
          ports: [
            { number: 1, linkLayer: 'InfiniBand', guid: '0002:c902:0020:1001' },
            { number: 2, state: '1: DOWN', linkLayer: 'InfiniBand', guid: '0002:c902:0020:1002' },
          ],
          netdevs: [
            { name: 'ib0', type: 32, address: `${ipoib}:00:02:c9:02:00:20:10:01` },
            { name: 'ib1', type: 32, flags: '0x1002', address: `${ipoib}:00:02:c9:02:00:20:10:02` },
          ],
        },
      ],
      found: [
        {
          name: 'mthca0',
          drivers: 'ib_mthca ib_mthca',
          pci: '0000:06:00.0 15b3:6282 pf',
          numaNode: null,
          nodeType: 'CA',
          ports: ['1 InfiniBand ib0', '2 InfiniBand ib1'],
          netdevs: ['ib0 infiniband', 'ib1 infiniband'],
          nodes: ['uverbs0', 'umad0', 'umad1', 'issm0', 'issm1', 'rdma_cm'],
        },
      ],
      resource: '{ "resourceName": "infinihost", "rdmaHcaMax": 4, "selectors": { "drivers": ["ib_mthca"] } }',
      offer: {
        hcas: ['mthca0'],
        shares: 4,
        nodes: [
          'infiniband/uverbs0',
          'infiniband/umad0',
          'infiniband/umad1',
          'infiniband/issm0',
          'infiniband/issm1',
          'infiniband/rdma_cm',
        ],
      },
      strict: ['mthca0'],
    },
  ],
};
