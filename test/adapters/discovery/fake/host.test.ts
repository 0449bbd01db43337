// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { settle } from '../../../support/stepped-clock.ts';
import { ChangeableHost, ChangeableHostDiscovery } from '../../../support/changeable-host.ts';

const paths = (host: ChangeableHost): unknown =>
  host.inventory().hcas.map((hca) => hca.deviceNodes.map((node) => node.path.slice('/dev/infiniband/'.length)));

describe('FakeHost', () => {
  it('assigns the lowest free device number, and keeps it until the HCA is removed', () => {
    const host = new ChangeableHost();
    for (const name of ['a0', 'a1', 'a2']) host.addHca({ name });
    host.removeHca('a1');
    host.setPortState('a2', 1, 'DOWN');
    host.addHca({ name: 'a3', ports: [{}, {}] });
    expect(paths(host)).toEqual([
      ['uverbs0', 'umad0', 'rdma_cm'],
      ['uverbs2', 'umad2', 'rdma_cm'],
      ['uverbs1', 'umad1', 'umad3', 'rdma_cm'],
    ]);
  });

  it('repairs a broken HCA', () => {
    const host = new ChangeableHost();
    host.addHca({ name: 'a0' });
    const whole = host.inventory();
    host.breakHca('a0');
    expect(host.inventory()).not.toEqual(whole);
    host.repairHca('a0');
    expect(host.inventory()).toEqual(whole);
  });

  it('names the method to call first if an HCA is missing or a duplicate', () => {
    const host = new ChangeableHost();
    host.addHca({ name: 'a0' });
    expect(() => host.breakHca('a1')).toThrow(/it has: a0.*addHca/);
    expect(() => host.addHca({ name: 'a0' })).toThrow(/removeHca/);
  });

  it('reports an HCA without uverbs', () => {
    const host = new ChangeableHost();
    host.addHca({ name: 'a0', deviceNodes: [{ kind: 'umad' }] });
    expect(host.inventory().problems.map((problem) => problem.code)).toEqual(['HCA_WITHOUT_UVERBS']);
  });

  it('has HCAs for management only, without uverbs and without a problem', () => {
    const host = new ChangeableHost();
    host.addHca({ name: 'smi0', managementOnly: true });
    host.addHca({ name: 'mlx5_4', subfunction: 88 });
    const { hcas, problems } = host.inventory();
    expect(hcas.map(({ managementOnly, subfunction }) => [managementOnly, subfunction])).toEqual([
      [false, 88],
      [true, null],
    ]);
    expect(hcas[1]?.deviceNodes.map(({ kind }) => kind)).toEqual(['umad', 'rdma_cm']);
    expect(problems).toEqual([]);
  });

  it('hints at changes, never synchronously and never after the watch has ended', async () => {
    const host = new ChangeableHost();
    let hints = 0;
    const stop = new ChangeableHostDiscovery(host).watch(() => {
      hints += 1;
    });
    host.addHca({ name: 'a0' });
    expect(hints).toBe(0);
    await settle();
    expect(hints).toBe(1);
    host.setNetnsMode('exclusive');
    stop();
    host.removeHca('a0');
    await settle();
    expect(hints).toBe(1);
  });
});
