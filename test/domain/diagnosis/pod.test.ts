// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { podFindings } from '#domain/diagnosis/pod/findings.ts';
import { peerFinding } from '#domain/diagnosis/pod/peer.ts';
import { type PodHca, type PodPort, type PodSurvey, addressOfGid } from '#domain/diagnosis/pod/survey.ts';

const v4 = '0000:0000:0000:0000:0000:ffff:0a00:0105';
const roce: PodPort = {
  number: 1,
  state: 'ACTIVE',
  linkLayer: 'Ethernet',
  gids: [
    { index: 2, gid: v4, type: 'IB/RoCE v1' },
    { index: 3, gid: v4, type: 'RoCE v2' },
  ],
};
const mlx: PodHca = {
  name: 'mlx5_0',
  uverbs: { name: 'uverbs0', device: '231:192' },
  driver: 'mlx5_core',
  ports: [roce],
};
const foreign: PodHca = { ...mlx, name: 'mlx5_1', uverbs: { name: 'uverbs1', device: '231:193' } };

/** A container that lacks nothing. sysfs shows it an HCA of another container too. */
const whole: PodSurvey = {
  nodes: [
    { name: 'rdma_cm', device: '10:58', failure: null },
    { name: 'uverbs0', device: '231:192', failure: null },
  ],
  hcas: [mlx, foreign],
  netdevs: new Map([
    ['10.0.1.5', 'net1'],
    ['127.0.0.1', 'lo'],
  ]),
  memoryLock: { limit: Number.POSITIVE_INFINITY, capability: 'none' },
  environment: new Map([['NCCL_IB_HCA', '=mlx5_0:1']]),
  providers: ['mlx5', 'rxe'],
};

function texts(change: Partial<PodSurvey>, onlyFaults = true): readonly string[] {
  return podFindings({ ...whole, ...change })
    .filter(({ grade }) => !onlyFaults || grade !== 'good')
    .map(({ grade, message }) => `${grade}: ${message}`);
}

function withPort(change: Partial<PodPort>): Partial<PodSurvey> {
  return { hcas: [{ ...mlx, ports: [{ ...roce, ...change }] }] };
}

function withNode(change: Partial<PodSurvey['nodes'][number]>): Partial<PodSurvey> {
  return { nodes: whole.nodes.map((node) => (node.name === 'uverbs0' ? { ...node, ...change } : node)) };
}

describe('podFindings', () => {
  it('finds nothing but good in a container that lacks nothing, and names what to use', () => {
    expect(texts({}, false)).toEqual([
      'good: Device nodes that can be opened: rdma_cm, uverbs0 (mlx5_0).',
      'good: Port 1 of mlx5_0 is active. The GID index of RoCE v2 is 3 (10.0.1.5 on net1).',
      'good: The limit of locked memory is unlimited.',
      'good: NCCL_IB_HCA names mlx5_0, which this container may use.',
      'good: The image has the provider library of mlx5.',
    ]);
  });

  it.each<[string, Partial<PodSurvey>, readonly string[]]>([
    [
      'no device node',
      { nodes: [] },
      [
        'bad: This container has no uverbs node in /dev/infiniband, so it can use no HCA.',
        'bad: NCCL_IB_HCA names mlx5_0, for which this container has no uverbs node.',
      ],
    ],
    [
      'no rdma_cm',
      { nodes: whole.nodes.slice(1) },
      ['warning: /dev/infiniband/rdma_cm is missing: programs that connect by IP address, such as rping, fail.'],
    ],
    [
      'a node mounted from the host',
      withNode({ failure: 'EPERM' }),
      ['bad: /dev/infiniband/uverbs0 cannot be opened: the container is not permitted to use it.'],
    ],
    [
      'a node for root only',
      withNode({ failure: 'EACCES' }),
      ['bad: /dev/infiniband/uverbs0 cannot be opened: its mode does not permit it to this user.'],
    ],
    [
      'a node of an HCA that is gone',
      { hcas: [foreign], environment: new Map() },
      ['bad: /dev/infiniband/uverbs0 belongs to no HCA: its HCA is gone.'],
    ],
    [
      'a node from before a change of its HCA',
      withNode({ device: '231:200' }),
      ['bad: /dev/infiniband/uverbs0 is device 231:200, but mlx5_0 is 231:192 now.'],
    ],
    [
      'no RDMA in sysfs',
      { hcas: null },
      ['warning: This container sees no RDMA devices in /sys/class/infiniband, so ports and GIDs cannot be checked.'],
    ],
    ['a port that is down', withPort({ state: 'DOWN' }), ['bad: Port 1 of mlx5_0 is DOWN.']],
    [
      'only zero GIDs',
      withPort({ gids: [] }),
      ['bad: All GIDs of port 1 of mlx5_0 are zero: no network interface of this HCA is in the pod.'],
    ],
    [
      'no interface of the HCA',
      { netdevs: new Map([['10.9.9.9', 'eth0']]) },
      ['bad: Port 1 of mlx5_0 is active, but none of its 2 GIDs is an address of this network namespace.'],
    ],
    [
      'RoCE v1 only',
      withPort({ gids: roce.gids.slice(0, 1) }),
      ['warning: Port 1 of mlx5_0 has only GIDs of RoCE v1, which routers do not pass on: 2 (10.0.1.5 on net1).'],
    ],
    [
      'little memory to lock',
      { memoryLock: { limit: 65_536, capability: 'none' } },
      ['bad: The limit of locked memory is 64 KiB.'],
    ],
    [
      'a capability without effect',
      { memoryLock: { limit: 8 << 20, capability: 'bounding' } },
      ['bad: The limit of locked memory is 8 MiB. IPC_LOCK has no effect, because the process does not run as root.'],
    ],
    [
      'less memory to lock than large jobs need',
      { memoryLock: { limit: 256 << 20, capability: 'none' } },
      ['warning: The limit of locked memory is 256 MiB.'],
    ],
    [
      'a variable that names an HCA of another container',
      { environment: new Map([['UCX_NET_DEVICES', 'mlx5_1:1,eth0']]) },
      ['bad: UCX_NET_DEVICES names mlx5_1, for which this container has no uverbs node.'],
    ],
    [
      'a variable that names an HCA that does not exist',
      { environment: new Map([['RDMA_SHARED_DP_RDMA_A_HCAS', 'mlx5_0,mlx5_9']]) },
      ['bad: RDMA_SHARED_DP_RDMA_A_HCAS names mlx5_9, which does not exist.'],
    ],
    ['no libibverbs', { providers: null }, ['warning: This image has no libibverbs.']],
    ['no provider', { providers: ['rxe'] }, ['bad: The image has libibverbs, but not its provider mlx5.']],
  ])('says what is wrong with %s, and what to do', (_case, change, expected) => {
    expect(texts(change)).toEqual(expected);
    for (const { grade, remedy } of podFindings({ ...whole, ...change }))
      expect(remedy === null).toBe(grade === 'good');
  });

  it('lets CAP_IPC_LOCK lift the limit of a container that runs as root', () => {
    expect(texts({ memoryLock: { limit: 65_536, capability: 'effective' } })).toEqual([]);
  });

  it('needs no interface for an InfiniBand port', () => {
    const gids = [{ index: 0, gid: 'fe80:0000:0000:0000:0002:c903:00f9:bfa1', type: 'IB/RoCE v1' }];
    expect(texts({ ...withPort({ linkLayer: 'InfiniBand', gids }), netdevs: new Map() })).toEqual([]);
  });

  it('takes prefixes in NCCL_IB_HCA for what they are', () => {
    expect(texts({ environment: new Map([['NCCL_IB_HCA', 'mlx5']]) })).toEqual([]);
  });
});

describe('addressOfGid', () => {
  it.each([
    [v4, '10.0.1.5'],
    ['fe80:0000:0000:0000:0002:c903:00f9:bfa1', 'fe80:0000:0000:0000:0002:c903:00f9:bfa1'],
    ['0000:0000:0000:0000:0000:ffff:ffff:ffff', '255.255.255.255'],
  ])('returns what %s stands for', (gid, address) => {
    expect(addressOfGid(gid)).toBe(address);
  });
});

describe('peerFinding', () => {
  it.each([
    [{ kind: 'reached', pings: 3 } as const, 'good', '10.0.0.5 answered 3 pings over RDMA.'],
    [{ kind: 'failed', reason: 'x' } as const, 'bad', '10.0.0.5 cannot be reached over RDMA: x.'],
    [{ kind: 'no-tool' } as const, 'warning', '10.0.0.5 was not tried: this image has no rping.'],
  ])('says how the ping ended: %j', (result, grade, message) => {
    expect(peerFinding('10.0.0.5', result)).toMatchObject({ grade, message });
  });
});
