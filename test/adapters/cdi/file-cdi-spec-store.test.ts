// SPDX-License-Identifier: Apache-2.0
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileCdiSpecStore } from '#adapters/cdi/file-cdi-spec-store.ts';
import { cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import { aResource, anHca, anOffer } from '../../support/hca-fixture.ts';

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
const file = (name: string): string => join(directory, `rdma-shared-dp.io-hca_rdma_${name}.json`);

describe('FileCdiSpecStore', () => {
  it('writes one file per resource, in the format that runtimes read', async () => {
    await new FileCdiSpecStore(directory).replaceAll([spec('rdma/a', 0), spec('rdma/b', 1)]);
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

  it('removes its files of earlier runs and of resources without HCAs, and keeps the files of others', async () => {
    const others = ['nvidia.com-net-rdma.json', 'other.json', 'rdma-shared-dp.io.txt'];
    for (const name of [
      ...others,
      'rdma-shared-dp.io-hca_rdma_old.json',
      '.rdma-shared-dp.io-hca_rdma_a.json.1234.tmp',
    ])
      writeFileSync(join(directory, name), '{}');
    const store = new FileCdiSpecStore(directory);
    await store.replaceAll([spec('rdma/a', 0), spec('rdma/b', 1)]);
    await store.replaceAll([spec('rdma/a', 0), spec('rdma/b')]);
    expect(readdirSync(directory).toSorted()).toEqual([...others, 'rdma-shared-dp.io-hca_rdma_a.json'].toSorted());
  });

  it('does not write a file again that has not changed', async () => {
    const store = new FileCdiSpecStore(directory);
    await store.replaceAll([spec('rdma/a', 0)]);
    const before = statSync(file('a')).ino;
    await store.replaceAll([spec('rdma/a', 0)]);
    await store.ensure(spec('rdma/a', 0));
    expect(statSync(file('a')).ino).toBe(before);
  });

  it.each([
    ['deleted', () => unlinkSync(file('a'))],
    ['overwritten', () => writeFileSync(file('a'), 'nonsense')],
  ])('rewrites a file in ensure after another process has %s it', async (_, harm) => {
    const store = new FileCdiSpecStore(directory);
    await store.replaceAll([spec('rdma/a', 0)]);
    const before = readFileSync(file('a'), 'utf8');
    harm();
    await store.ensure(spec('rdma/a', 0));
    expect(readFileSync(file('a'), 'utf8')).toBe(before);
  });

  it('creates its directory, and names --cdi-dir in the remedy where it cannot', async () => {
    const deeper = join(directory, 'run', 'cdi');
    await new FileCdiSpecStore(deeper).replaceAll([spec('rdma/a', 0)]);
    expect(existsSync(deeper)).toBe(true);
    writeFileSync(join(directory, 'file'), '');
    for (const impossible of [join(directory, 'file', 'cdi'), '/proc/x']) {
      const failure: unknown = await new FileCdiSpecStore(impossible)
        .replaceAll([spec('rdma/a', 0)])
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ProblemError);
      expect(failure).toMatchObject({
        problems: [{ code: 'CDI_DIRECTORY_UNUSABLE', remedy: expect.stringContaining('--cdi-dir') }],
      });
    }
  });

  it('leaves one file after many ensures at once', async () => {
    const store = new FileCdiSpecStore(directory);
    await Promise.all(Array.from({ length: 20 }, () => store.ensure(spec('rdma/a', 0))));
    expect(readdirSync(directory)).toHaveLength(1);
  });
});
