// SPDX-License-Identifier: Apache-2.0
import type { FakeHcaSpec } from '#adapters/discovery/fake/hca-spec.ts';
import { type Situation, nodes } from './situation.ts';

const mellanox = { vendors: ['15b3'] };
const pool = { resourceName: 'hca', rdmaHcaMax: 8, selectors: mellanox };
const perDevice = { ...pool, sharing: 'device' };

function rails(count: number, change: Partial<FakeHcaSpec> = {}): readonly FakeHcaSpec[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `mlx5_${i}`,
    pciAddress: `0000:${i + 1}a:00.0`,
    deviceId: '1021',
    numaNode: i < count / 2 ? 0 : 1,
    ports: [{ linkLayer: 'InfiniBand', netdevs: [`ib${i}`] }],
    ...change,
  }));
}

const smi: FakeHcaSpec = { name: 'smi1', pciAddress: '0000:1a:00.0', deviceId: '1023', managementOnly: true };

/** Situations from reports of the field, about this plugin's peers and the hardware. */
export const fieldSituations: readonly Situation[] = [
  {
    title: 'A ConnectX-8 shows an SMI device. Is something wrong with it?',
    inShort: 'No. Every card of this kind has such a device.',
    reports: ['openucx/ucx#10507', 'linux-rdma/rdma-core#1529'],
    question: { command: 'explain', target: 'smi1', settings: [perDevice], hardware: { hcas: [...rails(1), smi] } },
    cause: /a device for fabric management \(SMI\), which has no uverbs node/,
    remedy: null,
  },
  {
    title: 'The drivers were reloaded, and a job hangs. Which pods must be restarted?',
    inShort: 'The pod `train/job-0`: the device node that it holds is that of another HCA now.',
    reports: ['ovn-kubernetes/ovn-kubernetes#6786'],
    question: {
      command: 'status',
      settings: [perDevice],
      before: { hcas: rails(2) },
      hardware: {
        hcas: rails(2).map((hca, i) => ({
          ...hca,
          deviceNodes: [{ kind: 'uverbs', path: `/dev/infiniband/uverbs${1 - i}` }, ...nodes('umad', 'rdma_cm')],
        })),
      },
    },
    cause: /HCA mlx5_0 \(0000:1a:00\.0\) is back with uverbs1 instead of uverbs0/,
    remedy: /Restart the pod train\/job-0/,
  },
  {
    title: 'A CNI moved the network interface into a pod. Does the selector still match?',
    inShort: 'Yes, with every key but `ifNames`.',
    reports: ['NVIDIA/doca-platform#14'],
    question: {
      command: 'explain',
      settings: [{ ...pool, selectors: { linkTypes: ['ether'] } }],
      hardware: { hcas: [{ name: 'mlx5_0', ports: [{ linkLayer: 'Ethernet', netdevs: [] }], netdevs: [] }] },
    },
    cause: /8 of 8 shares healthy/,
    remedy: null,
  },
  {
    title: 'ifNames names an interface that no HCA has now. Why?',
    inShort: 'The interface is not in the network namespace of the host.',
    reports: ['NVIDIA/doca-platform#14'],
    question: {
      command: 'explain',
      settings: [{ ...pool, selectors: { ifNames: ['ens1f0np0'] } }],
      hardware: { hcas: [{ name: 'mlx5_0', ports: [{ linkLayer: 'Ethernet', netdevs: [] }], netdevs: [] }] },
    },
    cause: /expected ifNames ens1f0np0, found/,
    remedy: /Select by rdmaDevices or pciAddresses/,
  },
  {
    title: 'Both virtual functions have the same GUID. Does a selector take the wrong one?',
    inShort: 'No. HCAs are told apart by PCI address and name, never by GUID.',
    reports: ['NVIDIA/nccl-tests#327', 'Mellanox/network-operator#1825'],
    question: {
      command: 'explain',
      settings: [{ ...pool, selectors: { ifNames: ['ibs5v2'] } }],
      hardware: {
        hcas: [2, 3].map((i) => ({
          name: `mlx5_${i}`,
          pciAddress: `0000:3b:00.${i}`,
          functionKind: 'vf' as const,
          nodeGuid: '0c42:a103:0065:8a01',
          ports: [{ linkLayer: 'InfiniBand', netdevs: [`ibs5v${i}`] }],
        })),
      },
    },
    cause: /mlx5_2 0000:3b:00\.2.*Left out: mlx5_3 \(expected ifNames ibs5v2, found ibs5v3\)/s,
    remedy: null,
  },
  {
    title: 'There is no IPoIB interface. Does linkTypes match?',
    inShort: 'Yes. The link type is that of the port.',
    reports: ['siderolabs/docs#566'],
    question: {
      command: 'explain',
      settings: [{ ...pool, selectors: { linkTypes: ['infiniband'] } }],
      hardware: { hcas: rails(1, { ports: [{ linkLayer: 'InfiniBand', netdevs: [] }], netdevs: [] }) },
    },
    cause: /8 of 8 shares healthy/,
    remedy: null,
  },
  {
    title: 'One of eight HCAs is gone. What remains, and what is to be done?',
    inShort: 'The shares of seven. No pod held a share of the one that is gone.',
    reports: ['NVIDIA/k8s-device-plugin#75', 'kubernetes/kubernetes#60388'],
    question: {
      command: 'status',
      settings: [perDevice],
      before: { hcas: rails(8) },
      hardware: { hcas: rails(8).filter(({ name }) => name !== 'mlx5_6') },
    },
    cause: /HCA mlx5_6 \(0000:7a:00\.0\) of rdma\/hca is gone/,
    remedy: /Search dmesg for 0000:7a:00\.0/,
  },
  {
    title: 'The settings require issm, and an HCA has none. Why is it left out?',
    inShort: 'Because `deviceNodes.required` names it.',
    reports: ['NVIDIA/NVSentinel#1546'],
    question: {
      command: 'explain',
      settings: [{ ...perDevice, deviceNodes: { required: ['uverbs', 'issm'] } }],
      hardware: {
        hcas: rails(2).map((hca, i) => (i === 0 ? hca : { ...hca, deviceNodes: nodes('uverbs', 'umad', 'rdma_cm') })),
      },
    },
    cause: /mlx5_1 .* no issm node/,
    remedy: /issm|deviceNodes\.required/,
  },
  {
    title: 'The ports of all HCAs are INIT. Why is no share healthy?',
    inShort: 'The fabric has no subnet manager.',
    reports: ['Mellanox/network-operator#1366', 'k8snetworkplumbingwg/sriov-network-device-plugin#269'],
    question: {
      command: 'explain',
      settings: [{ ...pool, health: { linkDown: 'unhealthy' } }],
      hardware: { hcas: rails(2, { ports: [{ state: 'INIT', linkLayer: 'InfiniBand', netdevs: ['ib0'] }] }) },
    },
    cause: /a port is INIT with the link up, because no subnet manager has configured it/,
    remedy: /subnet manager/,
  },
  {
    title: 'devices has names such as mlx5_0. Why does it select nothing?',
    inShort: '`devices` takes names of network interfaces, not of RDMA devices.',
    reports: ['cornelisnetworks/cn-fabric-k8s'],
    question: {
      command: 'explain',
      settings: [{ resourceName: 'hca', rdmaHcaMax: 8, devices: ['mlx5_0'] }],
      hardware: { hcas: rails(2) },
    },
    cause: /expected ifNames mlx5_0, found ib/,
    remedy: /rdmaDevices/,
  },
  {
    title: 'The driver is loaded, and there is no RDMA device. What is missing?',
    inShort: 'The module `mlx5_ib`.',
    reports: ['k8snetworkplumbingwg/sriov-network-device-plugin#424', 'oracle/oracle-linux#85'],
    question: {
      command: 'explain',
      settings: [pool],
      hardware: {
        hcas: [],
        idleFunctions: [
          { pciAddress: '0000:3b:00.0', cause: 'module-not-loaded', driver: 'mlx5_core', rdmaModule: 'mlx5_ib' },
        ],
      },
    },
    cause: /PCI function 0000:3b:00\.0 .*mlx5_ib is not loaded for it/s,
    remedy: /modprobe mlx5_ib/,
  },
  {
    title: 'The node should have eight HCAs, and only seven are offered. Which one is missing?',
    inShort: 'The one at 0000:8a:00.0.',
    reports: ['scitix/sichek#115'],
    question: {
      command: 'explain',
      settings: [perDevice],
      hardware: {
        hcas: rails(7),
        idleFunctions: [{ pciAddress: '0000:8a:00.0', deviceId: '1021', cause: 'no-driver' }],
      },
    },
    cause: /PCI function 0000:8a:00\.0 \(15b3:1021\) has no driver bound/,
    remedy: /Search dmesg for errors of 0000:8a:00\.0/,
  },
  {
    title: 'rping fails in pods. What do they lack?',
    inShort: 'The device node `rdma_cm`.',
    reports: ['Mellanox/k8s-rdma-shared-dev-plugin#192', 'Mellanox/network-operator#953'],
    question: {
      command: 'explain',
      settings: [pool],
      hardware: { hcas: rails(1, { deviceNodes: nodes('uverbs', 'umad') }) },
    },
    cause: /rdma_cm/,
    remedy: /modprobe rdma_ucm/,
  },
  {
    title: 'A key is misspelt. What does the program make of it?',
    inShort: 'It names the key that is meant.',
    reports: ['Mellanox/network-operator#953'],
    question: {
      command: 'validate',
      text: '{"configList": [{"resourceName": "hca", "rdmaHcaMax": 8, "selectors": {"vendrs": ["15b3"]}}]}',
    },
    cause: /vendrs/,
    remedy: /vendors/,
  },
  {
    title: 'All GIDs are zero in the pod. Why?',
    inShort: 'The pod has no network interface of the HCA.',
    reports: ['lightseekorg/smg#1691', 'Mellanox/k8s-rdma-shared-dev-plugin#72'],
    question: {
      command: 'check',
      pod: {
        nodes: [
          { name: 'rdma_cm', device: '10:58', failure: null },
          { name: 'uverbs0', device: '231:192', failure: null },
        ],
        hcas: [
          {
            name: 'mlx5_0',
            uverbs: { name: 'uverbs0', device: '231:192' },
            driver: 'mlx5_core',
            ports: [{ number: 1, state: 'ACTIVE', linkLayer: 'Ethernet', gids: [] }],
          },
        ],
        netdevs: new Map(),
        memoryLock: { limit: Number.POSITIVE_INFINITY, capability: 'none' },
        environment: new Map(),
        providers: ['mlx5'],
      },
    },
    cause: /All GIDs of port 1 of mlx5_0 are zero/,
    remedy: /Attach a network interface of this HCA to the pod/,
  },
  {
    title: 'The pod does not run as root, and memory cannot be registered. Is IPC_LOCK not enough?',
    inShort: 'No. A capability counts only for a process that runs as root, unless the file of the program carries it.',
    reports: ['NVIDIA/nvidia-container-toolkit#2037'],
    question: {
      command: 'check',
      pod: {
        nodes: [
          { name: 'rdma_cm', device: '10:58', failure: null },
          { name: 'uverbs0', device: '231:192', failure: null },
        ],
        hcas: null,
        netdevs: new Map(),
        memoryLock: { limit: 8 << 20, capability: 'bounding' },
        environment: new Map(),
        providers: ['mlx5'],
      },
    },
    cause: /IPC_LOCK has no effect, because the process does not run as root/,
    remedy: /LimitMEMLOCK=infinity/,
  },
];
