// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { DeviceNode, Hca, IdleFunction, Inventory } from '#domain/hca/hca.ts';
import { reasonOf } from '#domain/offer/conditions/condition.ts';
import { type Plan, emptyPlan, plan } from '#domain/offer/plan.ts';
import { conditionProblem } from '#domain/offer/words/conditions.ts';
import type { Settings } from '#domain/settings/settings.ts';
import { aResource, aSelector, anHca, anInventory, settingsOf } from '../../../support/hca-fixture.ts';

/** The time of a step in seconds, and the inventory of its scan. */
type Step = readonly [at: number, inventory: Inventory | readonly Hca[]];

function planAfter(settings: Settings, ...steps: readonly Step[]): Plan {
  let planned = emptyPlan;
  for (const [at, found] of steps) {
    const inventory = 'hcas' in found ? found : anInventory(found);
    planned = plan(settings, inventory, planned, at * 1000);
  }
  return planned;
}

/** The problems about HCAs, each with its code. */
function said({ problems, conditions }: Plan): readonly string[] {
  return [...conditions.map(conditionProblem), ...problems].flatMap(({ code, message }) =>
    /^(HCA|PCI|DEVICE)_/.test(code) ? [`${code}: ${message}`] : [],
  );
}

function remedies({ problems, conditions }: Plan, code: string): readonly string[] {
  return [...conditions.map(conditionProblem), ...problems].flatMap((problem) =>
    problem.code === code ? [problem.remedy] : [],
  );
}

function withState(index: number, state: string, physState: string | null, linkLayer = 'Ethernet'): Hca {
  return anHca(index, { ports: anHca(index).ports.map((port) => ({ ...port, state, physState, linkLayer })) });
}

/** The HCA of `index` after its driver was loaded again: with the name and nodes that another number gives. */
function returnedAs(index: number, number: number): Hca {
  return anHca(index, { name: `mlx5_${number}`, deviceNodes: anHca(number).deviceNodes });
}

const health = { linkDown: 'unhealthy', holdDownSeconds: 0, forgetAfterSeconds: 3600 } as const;
const device = settingsOf(aResource({ sharing: 'device', health }));

describe('an HCA that is selected and not usable', () => {
  const strict = aResource({
    name: 'rdma/strict',
    deviceNodes: { required: ['umad', 'issm'], optional: [], extra: [] },
  });

  it('is named with what it lacks, next to HCAs that lack nothing', () => {
    const issm: DeviceNode = { kind: 'issm', path: '/dev/infiniband/issm1', port: 1 };
    const whole = anHca(1, { deviceNodes: [...anHca(1).deviceNodes, issm] });
    const planned = planAfter(settingsOf(aResource(), strict), [0, [anHca(0), whole]]);
    expect(said(planned)).toContain(
      'HCA_NODES_MISSING: HCA mlx5_0 (0000:00:00.0) is left out of rdma/strict: it has no issm node.',
    );
    expect(remedies(planned, 'HCA_NODES_MISSING')).toEqual([expect.stringContaining('modprobe ib_umad')]);
  });

  it('has one remedy for two nodes that one module creates', () => {
    const planned = planAfter(settingsOf(strict), [0, [anHca(0, { deviceNodes: [] })]]);
    expect(remedies(planned, 'HCA_NODES_MISSING')).toEqual([
      'Load the module that creates the umad and issm nodes: modprobe ib_umad. ' +
        'If the HCA cannot have them, remove umad and issm from deviceNodes.required.',
    ]);
  });

  it.each([
    ['DOWN', 'Disabled', 'Ethernet', 'no port is up (port 1: DOWN, Disabled)', /cable/],
    ['DOWN', 'Polling', 'InfiniBand', 'no port is up (port 1: DOWN, Polling)', /cable/],
    ['ARMED', null, 'InfiniBand', 'no port is up (port 1: ARMED)', /cable/],
    [
      'INIT',
      'LinkUp',
      'InfiniBand',
      'a port is INIT with the link up, because no subnet manager has configured it (port 1: INIT, LinkUp)',
      /opensm/,
    ],
  ])('is named with its port %s, %s, %s', (state, physState, linkLayer, reason, remedy) => {
    const planned = planAfter(device, [0, [anHca(0), withState(1, state, physState, linkLayer)]]);
    expect(said(planned)).toEqual([`HCA_UNHEALTHY: HCA mlx5_1 (0000:01:00.0) is unhealthy in rdma/hca: ${reason}.`]);
    expect(remedies(planned, 'HCA_UNHEALTHY')).toEqual([expect.stringMatching(remedy)]);
  });

  it('is named once for all resources that judge it alike', () => {
    const pools = ['rdma/a', 'rdma/b', 'rdma/c'].map((name) => aResource({ name, health }));
    const tolerant = aResource({ name: 'rdma/d' });
    const planned = planAfter(settingsOf(...pools, tolerant), [0, [anHca(0), withState(1, 'DOWN', 'Disabled')]]);
    expect(said(planned).filter((line) => line.startsWith('HCA_UNHEALTHY'))).toEqual([
      expect.stringContaining('is unhealthy in rdma/a, rdma/b and rdma/c: '),
    ]);
  });

  it('is not named while the kernel still creates its nodes', () => {
    const planned = planAfter(device, [0, [anHca(0)]], [5, [anHca(0), anHca(1, { deviceNodes: [] })]]);
    expect(said(planned)).toEqual([]);
  });
});

describe('an HCA that is gone', () => {
  it('is named until it is back', () => {
    const gone = planAfter(device, [0, [anHca(0), anHca(1)]], [1, [anHca(0)]], [2, [anHca(0)]]);
    expect(said(gone)).toEqual(['HCA_GONE: HCA mlx5_1 (0000:01:00.0) of rdma/hca is gone.']);
    const back = plan(device, anInventory([anHca(0), anHca(1)]), gone, 3000);
    expect(said(back).filter((line) => line.startsWith('HCA_GONE'))).toEqual([]);
  });

  it('is named in the resource that is empty without it, also if other HCAs are present', () => {
    const second = settingsOf(aResource({ selectors: [aSelector({ rdmaDevices: ['mlx5_1'] })] }));
    const planned = planAfter(second, [0, [anHca(0), anHca(1)]], [1, [anHca(0)]]);
    expect(planned.problems[0]).toMatchObject({
      code: 'RESOURCE_EMPTY',
      message: expect.stringContaining('the HCAs that it selects are missing (mlx5_1 (0000:01:00.0) is gone)'),
    });
  });

  it('is forgotten with its shares', () => {
    const planned = planAfter(device, [0, [anHca(0), anHca(1)]], [10, [anHca(0)]]);
    expect(planned.changesAt).toBe(3_610_000);
    expect(said(plan(device, anInventory([anHca(0)]), planned, 3_610_000))).toEqual([]);
  });

  it.each([
    ['no resource selects it', settingsOf(aResource({ selectors: [aSelector({ vendors: ['8086'] })] }))],
    ['a resource excludes it', settingsOf(aResource({ exclude: [aSelector({ numaNodes: ['1'] })] }))],
  ])('is not named if %s', (_, settings) => {
    expect(said(planAfter(settings, [0, [anHca(0), anHca(1)]], [1, [anHca(0)]]))).toEqual([]);
  });

  it('is not named if a scan failed or missed HCAs', () => {
    const failed = anInventory([], { isPartial: true });
    const planned = planAfter(device, [0, [anHca(0)]], [1, failed]);
    expect(said(planned)).toEqual([]);
    expect(planned.offers[0]?.emptyReason).toEqual({ kind: 'scan-failed' });
    expect(said(plan(device, anInventory([anHca(0)]), planned, 2000))).toEqual([]);
  });

  it('is named with its PCI function if that is still present', () => {
    const idle = anIdleFunction('0000:01:00.0', { cause: 'no-driver' });
    const planned = planAfter(
      device,
      [0, [anHca(0), anHca(1)]],
      [1, anInventory([anHca(0)], { idleFunctions: [idle] })],
    );
    expect(said(planned)).toEqual([
      'HCA_GONE: HCA mlx5_1 (0000:01:00.0) of rdma/hca is gone. ' +
        'PCI function 0000:01:00.0 (15b3:1021) has no driver bound, and therefore no RDMA device.',
    ]);
  });

  it('is not the same as an HCA that never was', () => {
    const other = settingsOf(aResource({ selectors: [aSelector({ vendors: ['1d0f'] })] }));
    const reasons = [planAfter(other, [0, []]), planAfter(other, [0, [anHca(0)]], [1, []])].map(
      ({ offers }) => offers[0]?.emptyReason?.kind,
    );
    expect(reasons).toEqual(['no-rdma-device', 'none-left']);
  });
});

describe('an HCA that has changed under the containers that hold it', () => {
  it('is named with the nodes that it had and has, and with the HCA that has them now', () => {
    const exchanged = [returnedAs(1, 0), returnedAs(0, 1)];
    const planned = planAfter(device, [0, [anHca(0), anHca(1)]], [10, []], [20, exchanged]);
    expect(said(planned)).toEqual([
      'HCA_CHANGED: HCA mlx5_0 (0000:01:00.0) is back with uverbs0; it was mlx5_1 with uverbs1. Containers of ' +
        'rdma/hca started before this change still hold uverbs1, which now belongs to mlx5_1 (0000:00:00.0).',
      'HCA_CHANGED: HCA mlx5_1 (0000:00:00.0) is back with uverbs1; it was mlx5_0 with uverbs0. Containers of ' +
        'rdma/hca started before this change still hold uverbs0, which now belongs to mlx5_0 (0000:01:00.0).',
    ]);
    expect(remedies(planned, 'HCA_CHANGED')[0]).toBe('Restart the pods that use rdma/hca and were started before.');
  });

  it('is named if it is back as it was: what was open is closed for good', () => {
    expect(said(planAfter(device, [0, [anHca(0)]], [10, []], [20, [anHca(0)]]))).toEqual([
      'HCA_CHANGED: HCA mlx5_0 (0000:00:00.0) was gone and is back. ' +
        'Containers of rdma/hca started before this change cannot use what they had open.',
    ]);
  });

  it('is named once, although its nodes and its final name come one after the other', () => {
    const steps: readonly Step[] = [
      [0, [anHca(0)]],
      [10, []],
      [20, [anHca(0, { name: 'mlx5_3', deviceNodes: [] })]],
      [21, [anHca(0, { name: 'mlx5_3', deviceNodes: anHca(3).deviceNodes.slice(0, 1) })]],
      [22, [returnedAs(0, 3)]],
      [23, [anHca(0, { name: 'ibp1s0', deviceNodes: anHca(3).deviceNodes })]],
    ];
    expect(said(planAfter(device, ...steps))).toEqual([
      'HCA_CHANGED: HCA ibp1s0 (0000:00:00.0) is back with uverbs3; it was mlx5_0 with uverbs0. ' +
        'Containers of rdma/hca started before this change still hold uverbs0.',
    ]);
  });

  it('is named if its nodes change between two scans', () => {
    const moved = anHca(0, { deviceNodes: anHca(7).deviceNodes });
    expect(said(planAfter(device, [0, [anHca(0)]], [60, [moved]]))).toEqual([
      expect.stringContaining('mlx5_0 (0000:00:00.0) now has uverbs7 instead of uverbs0.'),
    ]);
  });

  it('matters under a new name alone only to containers that have its name in their environment', () => {
    const renamed = anHca(0, { name: 'ibp1s0' });
    const withEnv = settingsOf(aResource({ env: true }));
    expect(said(planAfter(device, [0, [anHca(0)]], [60, [renamed]]))).toEqual([]);
    expect(said(planAfter(withEnv, [0, [anHca(0)]], [60, [renamed]]))).toEqual([
      'HCA_CHANGED: HCA ibp1s0 (0000:00:00.0) was mlx5_0 before. ' +
        'Containers of rdma/hca started before this change have its old name in their environment.',
    ]);
  });

  it('is not named if it appeared a moment before: no container can hold it', () => {
    const steps: readonly Step[] = [
      [0, []],
      [10, [anHca(0)]],
      [11, [returnedAs(0, 5)]],
    ];
    expect(said(planAfter(settingsOf(aResource({ env: true })), ...steps))).toEqual([]);
  });

  it('is named only as long as a pod may hold it', () => {
    const planned = planAfter(device, [0, [anHca(0)]], [10, []], [20, [anHca(0)]]);
    expect(planned.changesAt).toBe(3_620_000);
    expect(said(plan(device, anInventory([anHca(0)]), planned, 3_620_000))).toEqual([]);
  });
});

function anIdleFunction(address: string, change: Partial<IdleFunction> = {}): IdleFunction {
  const { vendor, deviceId } = anHca(0).pci ?? { vendor: null, deviceId: null };
  const pci = { address, vendor, deviceId, classCode: '020000', functionKind: 'pf', physicalFunction: null } as const;
  return { pci, cause: 'no-driver', driver: null, rdmaModule: null, numaNode: 0, netdevs: [], ...change };
}

describe('a PCI function without an RDMA device', () => {
  it.each([
    [
      'no-driver',
      null,
      null,
      'has no driver bound, and therefore no RDMA device',
      'Search dmesg for errors of 0000:af:00.0',
    ],
    ['module-not-loaded', 'ice', 'irdma', 'has no RDMA device: irdma is not loaded for it', 'modprobe irdma'],
    ['module-not-loaded', 'idpf', null, 'its RDMA module is not loaded for it', 'Load the RDMA module of its driver'],
    [
      'not-registered',
      'mlx5_core',
      'mlx5_ib',
      'although mlx5_ib is loaded',
      'Search dmesg for errors of 0000:af:00.0.',
    ],
  ] as const)('is named if resources select it: %s, %s', (cause, driver, rdmaModule, message, remedy) => {
    const idle = anIdleFunction('0000:af:00.0', { cause, driver, rdmaModule });
    const planned = planAfter(settingsOf(aResource()), [0, anInventory([anHca(0)], { idleFunctions: [idle] })]);
    expect(said(planned)).toEqual([expect.stringContaining(message)]);
    expect(said(planned)[0]).toMatch(/rdma\/hca selects it\.$/);
    expect(remedies(planned, 'PCI_FUNCTION_WITHOUT_RDMA')[0]).toContain(remedy);
    expect(planned.conditions.map(reasonOf)).toEqual([cause]);
  });

  it('explains a resource that is empty without it', () => {
    const idle = anIdleFunction('0000:af:00.0', {
      cause: 'module-not-loaded',
      driver: 'mlx5_core',
      rdmaModule: 'mlx5_ib',
    });
    const [problem] = planAfter(settingsOf(aResource()), [0, anInventory([], { idleFunctions: [idle] })]).problems;
    expect(problem).toMatchObject({ code: 'RESOURCE_EMPTY', remedy: 'Load the module on the host: modprobe mlx5_ib.' });
    expect(problem?.message).toContain('PCI function 0000:af:00.0');
  });
});

describe('an optional kind of device node', () => {
  const withoutCm = anHca(0, { deviceNodes: anHca(0).deviceNodes.filter(({ kind }) => kind !== 'rdma_cm') });

  it('is named once if no HCA has it', () => {
    const planned = planAfter(settingsOf(aResource(), aResource({ name: 'rdma/b' })), [0, [withoutCm]]);
    expect(said(planned).filter((line) => line.startsWith('DEVICE'))).toEqual([
      'DEVICE_NODE_KIND_ABSENT: No HCA of rdma/hca and rdma/b has an rdma_cm node. In containers, programs that ' +
        'connect through librdmacm, such as rping and many storage clients, fail.',
    ]);
    expect(remedies(planned, 'DEVICE_NODE_KIND_ABSENT')).toEqual([
      'Load the module on the host: modprobe rdma_ucm. Then restart the pods that need it. If none does, remove rdma_cm from ' +
        'deviceNodes.optional.',
    ]);
  });

  it.each<[string, Settings, readonly Hca[]]>([
    [
      'the settings leave it out',
      settingsOf(aResource({ deviceNodes: { required: ['uverbs'], optional: ['umad'], extra: [] } })),
      [withoutCm],
    ],
    ['no HCA can have it', settingsOf(aResource()), [{ ...withoutCm, rdmaDriver: 'efa' }]],
    ['one HCA has it', settingsOf(aResource()), [withoutCm, anHca(1)]],
    [
      'umad is absent on RoCE',
      settingsOf(aResource()),
      [anHca(0, { deviceNodes: anHca(0).deviceNodes.filter(({ kind }) => kind !== 'umad') })],
    ],
  ])('is not named if %s', (_, settings, hcas) => {
    expect(said(planAfter(settings, [0, hcas]))).toEqual([]);
  });

  it('is umad too on InfiniBand', () => {
    const nodes = anHca(0).deviceNodes.filter(({ kind }) => kind !== 'umad');
    const hca = { ...withState(0, 'ACTIVE', 'LinkUp', 'InfiniBand'), deviceNodes: nodes };
    expect(said(planAfter(settingsOf(aResource()), [0, [hca]]))).toEqual([
      expect.stringContaining('has a umad node. In containers, programs that send management datagrams'),
    ]);
  });
});

describe('messages about a thousand HCAs', () => {
  it('stay short', () => {
    const hcas = Array.from({ length: 1024 }, (_, index) => ({
      ...withState(index % 256, 'DOWN', 'Disabled'),
      name: `mlx5_${index}`,
    }));
    const planned = planAfter(device, [0, hcas.slice(0, 512)], [1, hcas.slice(512)], [2, []]);
    expect(planned.conditions.length).toBeGreaterThan(200);
    expect(
      Math.max(
        ...[...planned.problems, ...planned.conditions.map(conditionProblem)].flatMap(({ message, remedy }) => [
          message.length,
          remedy.length,
        ]),
      ),
    ).toBeLessThan(500);
  });
});
