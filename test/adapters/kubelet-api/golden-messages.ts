// SPDX-License-Identifier: Apache-2.0
import * as deviceplugin from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import * as pluginregistration from '#adapters/kubelet-api/generated/pluginregistration/v1/api.ts';
import * as podresources from '#adapters/kubelet-api/generated/podresources/v1/api.ts';

/** `hex` holds the bytes into which the Go code of k8s.io/kubelet v0.37.2 (proto.Marshal, deterministic) encodes `message`. */
interface GoldenMessage {
  readonly name: string;
  readonly codecs: object;
  readonly message: object;
  readonly hex: string;
}

const devicePluginMessages: readonly Omit<GoldenMessage, 'codecs'>[] = [
  {
    name: 'RegisterRequest',
    message: {
      version: 'v1beta1',
      endpoint: 'p.sock',
      resourceName: 'rdma/a',
      options: { preStartRequired: false, getPreferredAllocationAvailable: true },
    },
    hex: '0a07763162657461311206702e736f636b1a0672646d612f6122021001',
  },
  {
    name: 'ListAndWatchResponse',
    message: {
      devices: [
        { ID: 'a', health: 'Healthy', topology: { nodes: [{ ID: 0 }, { ID: 300 }, { ID: -1 }] } },
        { ID: 'b', health: 'Unhealthy', topology: null },
      ],
    },
    hex: '0a220a016112074865616c7468791a140a000a0308ac020a0b08ffffffffffffffffff010a0e0a01621209556e6865616c746879',
  },
  {
    name: 'PreferredAllocationRequest',
    message: {
      containerRequests: [{ availableDeviceIDs: ['a', 'b'], mustIncludeDeviceIDs: ['a'], allocationSize: 200 }],
    },
    hex: '0a0c0a01610a016212016118c801',
  },
  {
    name: 'PreferredAllocationResponse',
    message: { containerResponses: [{ deviceIDs: ['a', 'b'] }] },
    hex: '0a060a01610a0162',
  },
  {
    name: 'AllocateRequest',
    message: { containerRequests: [{ devicesIds: ['a', 'b'] }, { devicesIds: [] }] },
    hex: '0a060a01610a01620a00',
  },
  {
    name: 'AllocateResponse',
    message: {
      containerResponses: [
        {
          envs: { NCCL_IB_HCA: 'mlx5_0' },
          mounts: [{ containerPath: '/c', hostPath: '/h', readOnly: true }],
          devices: [
            { containerPath: '/dev/infiniband/uverbs0', hostPath: '/dev/infiniband/uverbs0', permissions: 'rwm' },
          ],
          annotations: { 'cdi.k8s.io/é': 'v/c=a' },
          cdiDevices: [{ name: 'v/c=a' }],
        },
      ],
    },
    hex: [
      '0a7d0a150a0b4e43434c5f49425f48434112066d6c78355f30120a0a022f6312022f6818011a370a172f6465762f696e66696e6962616e64',
      '2f7576657262733012172f6465762f696e66696e6962616e642f757665726273301a0372776d22160a0d6364692e6b38732e696f2fc3a912',
      '05762f633d612a070a05762f633d61',
    ].join(''),
  },
  { name: 'PreStartContainerRequest', message: { devicesIds: ['a'] }, hex: '0a0161' },
];

const watcherMessages: readonly Omit<GoldenMessage, 'codecs'>[] = [
  {
    name: 'PluginInfo',
    message: { type: 'DevicePlugin', name: 'rdma/a', endpoint: '/e.sock', supportedVersions: ['v1beta1'] },
    hex: '0a0c446576696365506c7567696e120672646d612f611a072f652e736f636b220776316265746131',
  },
  { name: 'RegistrationStatus', message: { pluginRegistered: false, error: 'failed' }, hex: '12066661696c6564' },
];

const podResourcesMessages: readonly Omit<GoldenMessage, 'codecs'>[] = [
  {
    name: 'ListPodResourcesResponse',
    message: {
      podResources: [
        {
          name: 'p',
          namespace: 'ns',
          containers: [
            {
              name: 'c',
              devices: [
                { resourceName: 'rdma/a', deviceIds: ['0', '10'] },
                { resourceName: 'rdma/a', deviceIds: ['2'] },
              ],
            },
            { name: 'd', devices: [] },
          ],
        },
        { name: 'q', namespace: 'ns', containers: [] },
      ],
    },
    hex: [
      '0a2f0a017012026e731a210a0163120f0a0672646d612f6112013012023130120b0a0672646d612f611201321a030a01640a07',
      '0a017112026e73',
    ].join(''),
  },
];

/** One pod with a value in every field of v0.37.2: CPUs, memory of 2^64 - 1 bytes, NUMA nodes, a DRA claim. */
export const goldenListing = {
  withOtherFields: [
    '0a790a017012026e731a560a016312130a0672646d612f611201301a060a000a0208011a0301ac0222170a0d6875676570616765732d324d69',
    '10011a040a0208012a1e12016e1a026e7322150a070a05762f633d611201641a01702201782a0173220301ac022a130a066d656d6f727910ff',
    'ffffffffffffffff01',
  ].join(''),
  extract: {
    podResources: [
      {
        name: 'p',
        namespace: 'ns',
        containers: [{ name: 'c', devices: [{ resourceName: 'rdma/a', deviceIds: ['0'] }] }],
      },
    ],
  },
};

export const goldenMessages: readonly GoldenMessage[] = [
  ...devicePluginMessages.map((message) => ({ ...message, codecs: deviceplugin })),
  ...watcherMessages.map((message) => ({ ...message, codecs: pluginregistration })),
  ...podResourcesMessages.map((message) => ({ ...message, codecs: podresources })),
];
