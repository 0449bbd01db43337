// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { FileFakeHcaDiscovery } from '#adapters/discovery/fake/file-hca-discovery.ts';
import { discoveryAdapters } from '#adapters/discovery/registry.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import { until } from '../../../support/until.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

let folder: string;
let file: string;
let clock: SteppedClock;
let fake: FileFakeHcaDiscovery;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rdma-fake-'));
  file = join(folder, 'hcas.yaml');
  clock = new SteppedClock();
  fake = new FileFakeHcaDiscovery({ file, parseYaml: parse, clock });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const names = (seen: Inventory): readonly string[] => seen.hcas.map((hca) => hca.name);
async function first(text: string): Promise<Hca | undefined> {
  writeFileSync(file, text);
  return (await fake.scan()).hcas[0];
}
async function refusal(): Promise<readonly unknown[]> {
  const error = await fake.scan().catch((caught: unknown) => caught);
  return error instanceof ProblemError ? error.problems.map((problem) => problem.message) : [error];
}

describe('FileFakeHcaDiscovery', () => {
  it('makes a complete HCA from a name', async () => {
    await expect(first('hcas: [{name: mlx5_0}]')).resolves.toEqual({
      name: 'mlx5_0',
      nodeType: 'CA',
      nodeGuid: '0c42:a103:0065:8a00',
      firmware: null,
      board: null,
      pci: {
        address: '0000:10:00.0',
        vendor: '15b3',
        deviceId: '101d',
        classCode: '020000',
        functionKind: 'pf',
        physicalFunction: null,
      },
      subfunction: null,
      managementOnly: false,
      driver: 'mlx5_core',
      rdmaDriver: 'mlx5_ib',
      numaNode: 0,
      ports: [
        {
          number: 1,
          state: 'ACTIVE',
          physState: 'LinkUp',
          linkLayer: 'Ethernet',
          rate: '100 Gb/sec (4X EDR)',
          netdevs: ['eth0'],
        },
      ],
      netdevs: [{ name: 'eth0', linkType: 'ether', up: true }],
      deviceNodes: [
        { kind: 'uverbs', path: '/dev/infiniband/uverbs0', port: null },
        { kind: 'umad', path: '/dev/infiniband/umad0', port: 1 },
        { kind: 'rdma_cm', path: '/dev/infiniband/rdma_cm', port: null },
      ],
    });
  });

  it('reads every key', async () => {
    const text = `
netnsMode: exclusive
extraNodes: [/dev/hfi1_0, /dev/gdrdrv]
hcas:
  - name: ibp59s0
    pciAddress: 0000:3b:00.2
    vendor: "15b3"
    deviceId: "1018"
    driver: mlx5_core
    functionKind: vf
    numaNode: null
    nodeGuid: 0c42:a103:0065:8a01
    ports:
      - { number: 1, state: DOWN, linkLayer: InfiniBand, netdevs: [ib0] }
      - { number: 2, linkLayer: Ethernet, netdevs: [eth7] }
    netdevs: [{ name: ib0, up: false }, eth8]
    deviceNodes: [uverbs, { kind: umad, port: 2 }, { kind: issm, path: /dev/infiniband/issm9, port: 1 }]
`;
    const hca = await first(text);
    expect(hca).toMatchObject({ nodeGuid: '0c42:a103:0065:8a01', numaNode: null });
    expect(hca?.pci).toMatchObject({
      address: '0000:3b:00.2',
      deviceId: '1018',
      functionKind: 'vf',
      physicalFunction: '0000:3b:00.0',
    });
    expect(hca?.ports.map((port) => [port.number, port.state, port.linkLayer, port.netdevs])).toEqual([
      [1, 'DOWN', 'InfiniBand', ['ib0']],
      [2, 'ACTIVE', 'Ethernet', ['eth7']],
    ]);
    expect(hca?.netdevs).toEqual([
      { name: 'eth7', linkType: 'ether', up: true },
      { name: 'eth8', linkType: 'ether', up: true },
      { name: 'ib0', linkType: 'infiniband', up: false },
    ]);
    expect(hca?.deviceNodes).toEqual([
      { kind: 'uverbs', path: '/dev/infiniband/uverbs0', port: null },
      { kind: 'umad', path: '/dev/infiniband/umad1', port: 2 },
      { kind: 'issm', path: '/dev/infiniband/issm9', port: 1 },
    ]);
    expect((await fake.scan()).netnsMode).toBe('exclusive');
    expect(await fake.extraNodes.find(['/dev/hfi1_*'])).toEqual(['/dev/hfi1_0']);
  });

  it('applies an edit of the file, and keeps the device nodes of HCAs that stay', async () => {
    await first('hcas: [{name: mlx5_0}, {name: mlx5_1}]');
    const before = (await fake.scan()).hcas[1];
    writeFileSync(file, 'netnsMode: exclusive\nhcas: [{name: mlx5_1}, {name: mlx5_2, broken: true}]');
    const after = await fake.scan();
    expect(names(after)).toEqual(['mlx5_1', 'mlx5_2']);
    expect(after.hcas[0]).toEqual(before);
    expect(after.netnsMode).toBe('exclusive');
    expect(after.problems.map((problem) => [problem.code, problem.subject])).toEqual([
      ['DEVICE_NODE_MISSING', 'mlx5_2'],
    ]);
  });

  it('keeps the last valid HCAs while the file is invalid, and reports it', async () => {
    await first('hcas: [{name: mlx5_0}]');
    writeFileSync(file, 'hcas: [{nam');
    const bad = await fake.scan();
    expect(names(bad)).toEqual(['mlx5_0']);
    expect(bad.problems).toEqual([expect.objectContaining({ code: 'FAKE_HCAS_INVALID', actor: 'operator' })]);
    rmSync(file);
    const gone = await fake.scan();
    expect(names(gone)).toEqual(['mlx5_0']);
    expect(gone.problems).toEqual([expect.objectContaining({ code: 'FAKE_HCAS_UNREADABLE', subject: file })]);
    writeFileSync(file, 'hcas: []');
    await expect(fake.scan()).resolves.toMatchObject({ hcas: [], problems: [] });
  });

  it.each([
    ['', /\$ is null/],
    ['[]', /\$ is a list/],
    ['hcas: [', /not YAML/],
    ['{}', /\$\.hcas is missing/],
    ['hcas: 3', /\$\.hcas is 3/],
    ['hcas: [{}]', /\$\.hcas\[0\]\.name is missing/],
    ['hcas: [{name: a, vendr: "15b3"}]', /\$\.hcas\[0\]\.vendr is an unknown key; it must be one of name, broken,/],
    ['hcas: [{name: a, deviceId: 1017}]', /\$\.hcas\[0\]\.deviceId is 1017/],
    ['hcas: [{name: a, vendor: 0x15b3}]', /\$\.hcas\[0\]\.vendor is 5555/],
    ['hcas: [{name: a, pciAddress: "3b:00.0"}]', /\$\.hcas\[0\]\.pciAddress is "3b:00\.0"/],
    ['hcas: [{name: a, numaNode: -1}]', /\$\.hcas\[0\]\.numaNode is -1/],
    ['hcas: [{name: a, ports: [{number: one}]}]', /\$\.hcas\[0\]\.ports\[0\]\.number is "one"/],
    ['hcas: [{name: a, deviceNodes: [uverb]}]', /\$\.hcas\[0\]\.deviceNodes\[0\] is "uverb"/],
    ['hcas: [{name: a, netdevs: [{up: true}]}]', /\$\.hcas\[0\]\.netdevs\[0\]\.name is missing/],
    ['hcas: [{name: a}, {name: a}]', /\$\.hcas has a more than once/],
    ['hcas: []\nextraNodes: [/dev/infiniband/uverbs0]', /\$\.extraNodes\[0\] is "\/dev\/infiniband\/uverbs0"/],
    ['hcas: []\nidleFunctions: [{pciAddress: "5e:00.0"}]', /\$\.idleFunctions\[0\]\.pciAddress is "5e:00\.0"/],
    ['hcas: []\nidleFunctions: [{pciAddress: "0000:5e:00.0", cause: sick}]', /\.cause is "sick"/],
    ['netnsMode: private\nhcas: []', /\$\.netnsMode is "private"/],
  ])('rejects the first scan of a file with %j', async (text, message) => {
    writeFileSync(file, text);
    await expect(refusal()).resolves.toEqual([expect.stringMatching(message)]);
  });

  it('reports all problems at once', async () => {
    writeFileSync(file, 'hcas: [{name: 1, broken: yes!}, 7, {name: a}, {name: a}]');
    await expect(refusal()).resolves.toHaveLength(4);
  });

  it('names a missing or too large file', async () => {
    await expect(refusal()).resolves.toEqual([expect.stringContaining(file)]);
    writeFileSync(file, ' '.repeat(2 ** 20 + 1));
    await expect(refusal()).resolves.toEqual([expect.stringMatching(/larger than the limit of 1048576 bytes/)]);
  });

  it('reads the JSON output of discover', async () => {
    const idle = {
      pciAddress: '0000:5e:00.0',
      vendor: '15b3',
      deviceId: null,
      cause: 'not-registered',
      driver: 'mlx5_core',
      rdmaModule: 'mlx5_ib',
      numaNode: null,
      netdevs: ['ens5f0'],
    };
    const printed = {
      hcas: [
        {
          name: 'rxe0',
          pciAddress: null,
          vendor: null,
          deviceId: null,
          driver: null,
          functionKind: null,
          numaNode: null,
          nodeGuid: null,
          ports: [{ number: 1, state: null, linkLayer: 'Ethernet', netdevs: ['eth2'] }],
          deviceNodes: [{ kind: 'uverbs', path: '/dev/infiniband/uverbs3' }],
        },
      ],
      netnsMode: null,
      idleFunctions: [idle],
      problems: [],
    };
    await expect(first(JSON.stringify(printed))).resolves.toMatchObject({
      pci: null,
      driver: null,
      nodeGuid: null,
      ports: [{ state: null, netdevs: ['eth2'] }],
      deviceNodes: [{ kind: 'uverbs', path: '/dev/infiniband/uverbs3' }],
    });
    const { netnsMode, idleFunctions } = await fake.scan();
    expect(netnsMode).toBeNull();
    expect(idleFunctions).toMatchObject([
      { pci: { address: '0000:5e:00.0', vendor: '15b3' }, cause: 'not-registered' },
    ]);
  });

  it('gives one hint for a burst of edits, and none for other files', async () => {
    writeFileSync(file, 'hcas: []');
    let hints = 0;
    const stop = fake.watch(() => {
      hints += 1;
    });
    writeFileSync(join(folder, 'other.yaml'), '');
    writeFileSync(file, 'hcas: [{name: a}]');
    await until(() => clock.pending > 1);
    await clock.step(50);
    stop();
    expect(hints).toBe(1);
    expect(clock.pending).toBe(0);
  });
});

describe('discoveryAdapters', () => {
  const options = { clock: new SystemClock(), parseYaml: parse, fakeHcasFile: null };

  it('rejects fake discovery without a file', () => {
    expect(() => discoveryAdapters.fake({ ...options, hostRoot: '/' })).toThrow(ProblemError);
  });

  it('creates sysfs discovery, which rejects a root without sysfs', async () => {
    await expect(discoveryAdapters.sysfs({ ...options, hostRoot: folder }).discovery.scan()).rejects.toThrow(
      ProblemError,
    );
  });

  it('creates fake discovery from a file', async () => {
    writeFileSync(file, 'hcas: [{name: mlx5_0}]');
    const { discovery } = discoveryAdapters.fake({ ...options, hostRoot: '/', fakeHcasFile: file });
    expect(names(await discovery.scan())).toEqual(['mlx5_0']);
  });
});
