// SPDX-License-Identifier: Apache-2.0
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileCdiSpecStore } from '#adapters/cdi/file-cdi-spec-store.ts';
import { cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { aResource, anHca, anOffer } from '../../support/hca-fixture.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rdma-cdi-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const spec = (name: string, ...indices: number[]) =>
  cdiSpecOf(
    anOffer(
      aResource({ name }),
      indices.map((index) => anHca(index)),
    ),
  );
const storeIn = (place: string): FileCdiSpecStore => new FileCdiSpecStore(place, new SteppedClock());
const file = (name: string): string => join(directory, `rdma-shared-dp.io-hca_rdma_${name}.json`);

describe('FileCdiSpecStore', () => {
  it('writes one file per resource, in the format that runtimes read', async () => {
    await storeIn(directory).store([spec('rdma/a', 0), spec('rdma/b', 1)]);
    expect(readdirSync(directory).toSorted()).toEqual([
      'rdma-shared-dp.io-hca_rdma_a.json',
      'rdma-shared-dp.io-hca_rdma_b.json',
    ]);
    expect(JSON.parse(readFileSync(file('a'), 'utf8'))).toEqual({
      cdiVersion: '0.3.0',
      kind: 'rdma-shared-dp.io/hca_rdma_a',
      devices: [
        {
          name: 'hca-mlx5_0',
          containerEdits: {
            deviceNodes: ['uverbs0', 'umad0', 'rdma_cm'].map((node) => ({
              path: `/dev/infiniband/${node}`,
              permissions: 'rw',
            })),
          },
        },
      ],
    });
    expect(statSync(file('a')).mode & 0o777).toBe(0o644);
  });

  it('keeps the files of earlier runs and of others, and removes temporary files that a crash left behind', async () => {
    const others = [
      'nvidia.com-net-rdma.json',
      'other.json',
      'rdma-shared-dp.io.txt',
      'rdma-shared-dp.io-hca_old.json',
    ];
    const temporary = ['.rdma-shared-dp.io-hca_rdma_a.json.1234.tmp', '.rdma-shared-dp.io-hca_rdma_a.json.5678.tmp'];
    for (const name of [...others, ...temporary]) writeFileSync(join(directory, name), '{}');
    const hourAgo = Date.now() / 1000 - 3_600;
    utimesSync(join(directory, temporary[0] ?? ''), hourAgo, hourAgo);
    await storeIn(directory).store([spec('rdma/a', 0)]);
    // Another instance may be writing the younger one.
    expect(readdirSync(directory).toSorted()).toEqual(
      [...others, temporary[1] ?? '', 'rdma-shared-dp.io-hca_rdma_a.json'].toSorted(),
    );
  });

  it('keeps the devices of a file that an earlier run wrote, and ignores what is no device', async () => {
    await storeIn(directory).store([spec('rdma/a', 0, 1)]);
    const text = readFileSync(file('a'), 'utf8');
    const strange = [
      { name: 'hca-x', containerEdits: {} },
      { name: 'a b' },
      null,
      7,
      { name: 'hca-y', containerEdits: { deviceNodes: [{ path: '/etc/passwd', permissions: 'rw' }] } },
    ];
    const written = JSON.parse(text) as { devices: unknown[] };
    writeFileSync(file('a'), JSON.stringify({ ...written, devices: [...written.devices, ...strange] }));
    await storeIn(directory).store([spec('rdma/a', 1)]);
    const { devices } = JSON.parse(readFileSync(file('a'), 'utf8')) as { devices: { name: string }[] };
    expect(devices.map(({ name }) => name)).toEqual(['hca-mlx5_1', 'hca-mlx5_0']);
  });

  it('keeps at most a thousand files of earlier runs, and never removes its own', async () => {
    for (let i = 0; i < 1_005; i += 1) {
      const name = join(directory, `rdma-shared-dp.io-hca_rdma_old${i}.json`);
      writeFileSync(name, '{}');
      utimesSync(name, 1_000 + i, 1_000 + i);
    }
    const store = storeIn(directory);
    await store.store([spec('rdma/a', 0), spec('rdma/b', 0)]);
    await store.store([spec('rdma/a', 0)]);
    const left = readdirSync(directory);
    expect([left.length, left.includes('rdma-shared-dp.io-hca_rdma_b.json')]).toEqual([1_000, true]);
    expect(left).not.toContain('rdma-shared-dp.io-hca_rdma_old6.json');
    expect(left).toContain('rdma-shared-dp.io-hca_rdma_old7.json');
  });

  it('names the spec that cannot be written, and stores the others', async () => {
    mkdirSync(file('a'));
    writeFileSync(join(file('a'), 'in the way'), '');
    const failures = await storeIn(directory).store([spec('rdma/a', 0), spec('rdma/b', 1)]);
    expect([...failures.keys()]).toEqual(['rdma-shared-dp.io/hca_rdma_a']);
    expect(existsSync(file('b'))).toBe(true);
  });

  it('does not write a file again that has not changed', async () => {
    const store = storeIn(directory);
    await store.store([spec('rdma/a', 0)]);
    const before = statSync(file('a')).ino;
    await store.store([spec('rdma/a', 0)]);
    await store.ensure(spec('rdma/a', 0));
    expect(statSync(file('a')).ino).toBe(before);
  });

  it.each([
    ['deleted', () => unlinkSync(file('a'))],
    ['overwritten', () => writeFileSync(file('a'), 'nonsense')],
  ])('rewrites a file in ensure after another process has %s it', async (_, harm) => {
    const store = storeIn(directory);
    await store.store([spec('rdma/a', 0)]);
    const before = readFileSync(file('a'), 'utf8');
    harm();
    await store.ensure(spec('rdma/a', 0));
    expect(readFileSync(file('a'), 'utf8')).toBe(before);
  });

  it('creates its directory, and names --cdi-dir in the remedy where it cannot', async () => {
    const deeper = join(directory, 'run', 'cdi');
    await storeIn(deeper).store([spec('rdma/a', 0)]);
    expect(existsSync(deeper)).toBe(true);
    writeFileSync(join(directory, 'file'), '');
    for (const impossible of [join(directory, 'file', 'cdi'), '/proc/x']) {
      const failures = await storeIn(impossible).store([spec('rdma/a', 0)]);
      expect([...failures.values()]).toMatchObject([
        { code: 'CDI_DIRECTORY_UNUSABLE', remedy: expect.stringContaining('--cdi-dir') },
      ]);
    }
  });

  it('leaves one file after many ensures at once', async () => {
    const store = storeIn(directory);
    await Promise.all(Array.from({ length: 20 }, () => store.ensure(spec('rdma/a', 0))));
    expect(readdirSync(directory)).toHaveLength(1);
  });
});
