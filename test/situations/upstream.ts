// SPDX-License-Identifier: Apache-2.0
import type { KubeletSurvey } from '#domain/diagnosis/kubelet.ts';
import { type Situation, nodes } from './situation.ts';

const repository = 'Mellanox/k8s-rdma-shared-dev-plugin';
const pool = { resourceName: 'hca', rdmaHcaMax: 63 };
const mellanox = { vendors: ['15b3'] };

const registryOnly: KubeletSurvey = {
  devicePlugins: { path: '/var/lib/kubelet/device-plugins', isPresent: true },
  kubeletSocket: { path: '/var/lib/kubelet/device-plugins/kubelet.sock', state: 'absent' },
  pluginsRegistry: { path: '/var/lib/kubelet/plugins_registry', isPresent: true },
  podResources: { path: '/var/lib/kubelet/pod-resources/kubelet.sock', state: 'absent' },
  ownSockets: { alive: [], dead: [] },
};

/** Situations from the issues of upstream. */
export const upstreamSituations: readonly Situation[] = [
  {
    title: 'Why does a node with eight HCAs show the same number as a node with one?',
    inShort:
      'A share is a right to use the resource, not an HCA, and `rdmaHcaMax` sets their number. With `sharing: device`, shares belong to HCAs.',
    reports: [`${repository}#44`],
    question: {
      command: 'explain',
      settings: [{ ...pool, selectors: mellanox }],
      hardware: { hcas: [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({ name: `mlx5_${i}`, pciAddress: `0000:1${i}:00.0` })) },
    },
    cause: /a share gives all HCAs/,
    remedy: /with "sharing: device", one HCA/,
  },
  {
    title: 'My RoCE card has no issm node. Is it left out?',
    inShort: 'No. `issm` is optional, and RoCE has none.',
    reports: [`${repository}#94`, `${repository}#103`],
    question: {
      command: 'explain',
      settings: [{ ...pool, selectors: mellanox }],
      hardware: { hcas: [{ name: 'mlx5_0', deviceNodes: nodes('uverbs', 'umad', 'rdma_cm') }] },
    },
    cause: /rdma\/hca 63 of 63 shares healthy/,
    remedy: null,
  },
  {
    title: 'Why is a ConnectX-6 resource at 0?',
    inShort: 'The settings have the device ID of another card.',
    reports: [`${repository}#97`],
    question: {
      command: 'explain',
      settings: [{ ...pool, selectors: { ...mellanox, deviceIDs: ['101d'] } }],
      hardware: { hcas: [{ name: 'mlx5_bond_0', deviceId: '101b', ports: [{ netdevs: ['bond0'] }] }] },
    },
    cause: /No share is healthy: .*expected deviceIDs 101d, found 101b/s,
    remedy: /If mlx5_bond_0 is meant, add 101b to selectors\.deviceIDs/,
  },
  {
    title: 'The plugin runs, and the kubelet shows no resource. Is it where the kubelet looks?',
    inShort: 'No. The kubelet has another root directory than the mounts of the pod.',
    reports: [`${repository}#98`, `${repository}#121`],
    question: { command: 'doctor', kubelet: registryOnly },
    cause: /kubelet\.sock does not exist\./,
    remedy: /mount the device-plugins directory of its --root-dir/,
  },
  {
    title: 'After moving from SR-IOV to shared, why is the resource at 0?',
    inShort: 'The settings still select the driver `vfio-pci`.',
    reports: [`${repository}#107`],
    question: {
      command: 'explain',
      settings: [{ ...pool, selectors: { ...mellanox, drivers: ['vfio-pci'] } }],
      hardware: { hcas: [{ name: 'mlx5_0' }] },
    },
    cause: /expected drivers vfio-pci, found mlx5_core/,
    remedy: /add mlx5_core to selectors\.drivers/,
  },
  {
    title: 'The card has uverbs only. Does it count?',
    inShort: 'Yes. Only programs that connect through `librdmacm` need more.',
    reports: [`${repository}#108`],
    question: {
      command: 'explain',
      settings: [{ ...pool, selectors: mellanox }],
      hardware: { hcas: [{ name: 'mlx5_0', deviceNodes: nodes('uverbs') }] },
    },
    cause: /63 of 63 shares healthy/,
    remedy: /modprobe rdma_ucm/,
  },
  {
    title: 'Why do my settings for an Intel E810 select nothing?',
    inShort: 'A PCI address stands where device IDs belong.',
    reports: [`${repository}#113`],
    question: {
      command: 'explain',
      settings: [{ ...pool, selectors: { vendors: ['8086'], deviceIDs: ['0000:81:00.0'], linkTypes: ['ethernet'] } }],
      hardware: {
        hcas: [{ name: 'rocep129s0f0', vendor: '8086', deviceId: '1592', driver: 'ice', rdmaDriver: 'irdma' }],
      },
    },
    cause: /deviceIDs\[0\] is "0000:81:00\.0"/,
    remedy: /Move it into pciAddresses/,
  },
  {
    title: 'The node has no RDMA device. Does the program end?',
    inShort: 'No. It keeps running, and offers an HCA as soon as one appears.',
    reports: [`${repository}#151`],
    question: { command: 'explain', settings: [{ ...pool, selectors: mellanox }], hardware: { hcas: [] } },
    cause: /No share is healthy: this node has no RDMA device\./,
    remedy: /if this node has no HCA, no action is needed/,
  },
  {
    title: 'The log warned of NICs that I never selected. Do they matter?',
    inShort: 'No. Only HCAs that the selectors match can be problems.',
    reports: [`${repository}#159`],
    question: {
      command: 'explain',
      settings: [{ ...pool, selectors: { ifNames: ['ens1f0v0', 'ens1f0v1'] } }],
      hardware: {
        hcas: [
          {
            name: 'mlx5_2',
            pciAddress: '0000:3b:00.2',
            ports: [{ netdevs: ['ens1f0v0'] }],
            deviceNodes: nodes('uverbs', 'rdma_cm'),
          },
          {
            name: 'mlx5_3',
            pciAddress: '0000:3b:00.3',
            ports: [{ netdevs: ['ens1f0v1'] }],
            deviceNodes: nodes('uverbs', 'rdma_cm'),
          },
          {
            name: 'bnxt_re0',
            pciAddress: '0000:01:00.0',
            vendor: '14e4',
            deviceNodes: nodes('uverbs'),
            ports: [{ netdevs: ['eno1'] }],
          },
        ],
      },
    },
    cause: /63 of 63 shares healthy.*Left out: bnxt_re0 \(expected ifNames ens1f0v0 or ens1f0v1, found eno1\)/s,
    remedy: null,
  },
];
