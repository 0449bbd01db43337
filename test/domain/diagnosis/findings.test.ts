// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { cdiFindings } from '#domain/diagnosis/cdi.ts';
import type { Finding } from '#domain/diagnosis/finding.ts';
import { hostFindings } from '#domain/diagnosis/host.ts';
import { type KubeletSurvey, kubeletFindings } from '#domain/diagnosis/kubelet.ts';
import { memoryLockFindings } from '#domain/diagnosis/memory-lock.ts';
import type { Hca } from '#domain/hca/hca.ts';
import { anHca, anInventory } from '../../support/hca-fixture.ts';

/** Returns the findings that are not good, as text. */
function faults(findings: readonly Finding[]): readonly string[] {
  return findings.filter(({ grade }) => grade !== 'good').map(({ grade, message }) => `${grade}: ${message}`);
}

function withPort(change: Partial<Hca['ports'][number]>): Hca {
  const hca = anHca(0);
  return { ...hca, ports: hca.ports.map((port) => ({ ...port, ...change })) };
}

describe('the findings on a host', () => {
  it('are all good for an HCA with an active port and all its nodes', () => {
    const findings = hostFindings(anInventory([anHca(0)]));
    expect(findings.map(({ grade, message }) => `${grade}: ${message}`)).toEqual([
      'good: mlx5_0 (0000:00:00.0) has an active port, and the nodes uverbs, umad, rdma_cm.',
      'good: The RDMA subsystem is in shared network namespace mode.',
    ]);
  });

  it.each<[string, Hca, string]>([
    ['a port that is down', withPort({ state: 'DOWN', physState: 'Disabled' }), 'no port is up.'],
    [
      'a port that waits for a subnet manager',
      withPort({ state: 'INIT', physState: 'LinkUp', linkLayer: 'InfiniBand' }),
      'a port is INIT with the link up, because no subnet manager has configured it.',
    ],
    ['a driver that does not answer', { ...anHca(0), unanswered: '/sys/x' }, 'the driver does not answer.'],
  ])('warn of %s', (_, hca, message) => {
    expect(faults(hostFindings(anInventory([hca])))).toEqual([`warning: mlx5_0 (0000:00:00.0): ${message}`]);
  });

  it('warn of a RoCE port without an address, and of a kind of device nodes that no HCA has', () => {
    const nodes = anHca(0).deviceNodes.filter(({ kind }) => kind !== 'rdma_cm');
    const hca = { ...withPort({ hasGid: false, netdevs: [] }), deviceNodes: nodes };
    expect(faults(hostFindings(anInventory([hca])))).toEqual([
      'warning: mlx5_0 (0000:00:00.0) has a RoCE port without an address in its GID table.',
      expect.stringMatching(/^warning: No HCA has an rdma_cm node/),
    ]);
  });

  it('are bad without an HCA, and in exclusive mode', () => {
    expect(faults(hostFindings(anInventory([], { netnsMode: 'exclusive' })))).toEqual([
      'bad: No RDMA device was found.',
      'bad: The RDMA subsystem is in exclusive network namespace mode: pods cannot share HCAs.',
    ]);
  });

  it('always have a remedy unless they are good', () => {
    for (const { grade, remedy } of hostFindings(anInventory([anHca(0)], { netnsMode: 'exclusive' })))
      expect((remedy ?? '') === '').toBe(grade === 'good');
  });
});

describe('the findings on a kubelet', () => {
  const healthy: KubeletSurvey = {
    devicePlugins: { path: '/d', isPresent: true },
    kubeletSocket: { path: '/d/kubelet.sock', state: 'listens' },
    pluginsRegistry: { path: '/r', isPresent: true },
    podResources: { path: '/p', state: 'listens' },
    ownSockets: { alive: ['a.sock'], dead: [] },
  };

  it('are all good for a kubelet with a resource of this program', () => {
    expect(faults(kubeletFindings(healthy))).toEqual([]);
  });

  it.each<[string, Partial<KubeletSurvey>, string]>([
    [
      'a kubelet that does not run',
      { kubeletSocket: { path: '/d/kubelet.sock', state: 'refuses' } },
      'bad: /d/kubelet.sock refuses connections.',
    ],
    [
      'one directory that is missing',
      { pluginsRegistry: { path: '/r', isPresent: false } },
      'warning: /r does not exist.',
    ],
    ['no registration', { ownSockets: { alive: [], dead: [] } }, 'warning: No socket of the device plugin is in use.'],
    [
      'sockets that were left behind',
      { ownSockets: { alive: ['a.sock'], dead: ['/d/b.sock'] } },
      'warning: Nothing listens on /d/b.sock, which this program left behind.',
    ],
    [
      'no PodResources service',
      { podResources: { path: '/p', state: 'absent' } },
      'warning: /p does not exist, so the program cannot tell which pods hold shares.',
    ],
  ])('name %s', (_, change, fault) => {
    expect(faults(kubeletFindings({ ...healthy, ...change }))).toEqual([fault]);
  });

  it('are bad if neither directory is mounted', () => {
    const [devicePlugins, pluginsRegistry] = ['/d', '/r'].map((path) => ({ path, isPresent: false }));
    if (devicePlugins === undefined || pluginsRegistry === undefined) throw new Error('unreachable');
    expect(faults(kubeletFindings({ ...healthy, devicePlugins, pluginsRegistry }))).toEqual([
      'bad: /d does not exist.',
      'bad: /r does not exist.',
    ]);
  });
});

describe('the findings on CDI and locked memory', () => {
  it('are about CDI only if it is used', () => {
    expect(cdiFindings(null)).toEqual([]);
    expect(faults(cdiFindings({ path: '/c', state: 'writable', specs: 1 }))).toEqual([]);
    expect(faults(cdiFindings({ path: '/c', state: 'read-only', specs: 1 }))).toEqual(['bad: /c is not writable.']);
    expect(faults(cdiFindings({ path: '/c', state: 'absent', specs: 0 }))).toEqual(['bad: /c does not exist.']);
  });

  it('warn of a low limit of locked memory, and say nothing of an unknown one', () => {
    expect(memoryLockFindings(null)).toEqual([]);
    expect(faults(memoryLockFindings(Number.POSITIVE_INFINITY))).toEqual([]);
    expect(faults(memoryLockFindings(64 * 1024))).toEqual([
      'warning: The limit of locked memory is 64 KiB: pods of this runtime cannot register more for RDMA.',
    ]);
  });
});
