// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { networkInterfaces } from 'node:os';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PodPlaces } from '#adapters/diagnosis/pod-survey.ts';
import { array, object, parse, string } from 'valibot';
import { checkPod } from '../../src/commands/check.ts';

const isRoot = process.getuid?.() === 0;
const output = { format: 'json', headers: true } as const;
const found = object({ findings: array(object({ grade: string(), message: string() })) });
const noGid = '0000:0000:0000:0000:0000:0000:0000:0000';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pod-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** An image with the provider of mlx5, and a process that may lock 64 MiB. */
function putImage(): void {
  put('usr/lib/x86_64-linux-gnu/libibverbs.so.1', '');
  put('usr/lib/x86_64-linux-gnu/libibverbs/libmlx5-rdmav34.so', '');
  put('proc/status', 'Name:\tx\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80465fb\n');
  put('proc/limits', 'Limit  Soft Limit  Hard Limit  Units\nMax locked memory  67108864  67108864  bytes\n');
}

function putHca(name: string, uverbs: string, device: string): void {
  const directory = `sys/class/infiniband/${name}`;
  put(`sys/class/infiniband_verbs/${uverbs}/ibdev`, `${name}\n`);
  put(`sys/class/infiniband_verbs/${uverbs}/dev`, `${device}\n`);
  put(`${directory}/ports/1/state`, '4: ACTIVE\n');
  put(`${directory}/ports/1/link_layer`, 'Ethernet\n');
  put(`${directory}/ports/1/gids/0`, `${noGid}\n`);
  put(`${directory}/ports/1/gids/10`, 'fd00:0000:0000:0000:0000:0000:0000:0005\n');
  put(`${directory}/ports/1/gid_attrs/types/10`, 'RoCE v2\n');
  mkdirSync(join(root, directory, 'device'));
  symlinkSync('../../../drivers/mlx5_core', join(root, directory, 'device/driver'));
}

function places(change: Partial<PodPlaces> = {}): PodPlaces {
  const address = { netmask: '', mac: '', internal: false, cidr: null, family: 'IPv6', scopeid: 0 } as const;
  const interfaces: ReturnType<typeof networkInterfaces> = { net1: [{ ...address, address: 'fd00::5' }] };
  return { root, environment: {}, interfaces, process: join(root, 'proc'), ...change };
}

async function findings(change: Partial<PodPlaces> = {}): Promise<readonly string[]> {
  const { text } = await checkPod({ pair: null }, output, false, places(change));
  return parse(found, JSON.parse(text)).findings.map(({ grade, message }) => `${grade}: ${message}`);
}

describe('check', () => {
  it('says in an empty container what it lacks', async () => {
    const { text, isGood } = await checkPod({ pair: null }, { format: 'table', headers: true }, false, places());
    expect(isGood).toBe(false);
    expect(text).toMatch(/^bad {6}This container has no uverbs node/);
    expect(text).toMatch(/\n\n0 good, 2 warnings, 1 bad\n$/);
  });

  // Only root can create device nodes.
  (isRoot ? it : it.skip)('reads nodes, ports, GIDs, limits, variables and libraries of a container', async () => {
    putImage();
    putHca('mlx5_0', 'uverbs0', '1:3');
    putHca('mlx5_1', 'uverbs1', '231:193');
    mkdirSync(join(root, 'dev/infiniband'), { recursive: true });
    // Device 1:3 is /dev/null, which everybody can open.
    execFileSync('mknod', ['-m', '0666', join(root, 'dev/infiniband/uverbs0'), 'c', '1', '3']);
    execFileSync('mknod', ['-m', '0666', join(root, 'dev/infiniband/issm0'), 'c', '231', '64']);
    expect(await findings({ environment: { RDMA_SHARED_DP_RDMA_A_HCAS: 'mlx5_0', NCCL_IB_HCA: '=mlx5_1' } })).toEqual([
      'good: Device nodes that can be opened: uverbs0 (mlx5_0).',
      'good: Port 1 of mlx5_0 is active. The GID index of RoCE v2 is 10 (fd00:0000:0000:0000:0000:0000:0000:0005 on net1).',
      'warning: /dev/infiniband/rdma_cm is missing: programs that connect by IP address, such as rping, fail.',
      'warning: The limit of locked memory is 64 MiB. IPC_LOCK has no effect, because the process does not run as root.',
      'good: RDMA_SHARED_DP_RDMA_A_HCAS names mlx5_0, which this container may use.',
      'bad: NCCL_IB_HCA names mlx5_1, for which this container has no uverbs node.',
      'good: The image has the provider library of mlx5.',
    ]);
  });

  it.each([
    ['answers', 'exit 0', 'answered 3 pings over RDMA.'],
    [
      'fails',
      'echo "cma event RDMA_CM_EVENT_ADDR_ERROR, error -19" >&2; exit 255',
      'RDMA_CM_EVENT_ADDR_ERROR, error -19.',
    ],
  ])('pings another pod with rping, which %s', async (_case, script, message) => {
    put('bin/rping', `#!/bin/sh\n${script}\n`);
    chmodSync(join(root, 'bin/rping'), 0o755);
    const environment = { PATH: `${join(root, 'bin')}:/bin:/usr/bin` };
    const { text } = await checkPod({ pair: '10.0.0.5' }, output, false, places({ environment }));
    expect(text).toContain(`10.0.0.5`);
    expect(text).toContain(message);
  });
});
