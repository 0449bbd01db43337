// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { safeParse } from 'valibot';
import { commandNames, declarationOf, schemaSubjects } from '#adapters/cli/commands.ts';
import { outputSchemas } from '#adapters/cli/output-schemas.ts';
import { busyStatus } from '../support/busy-status.ts';
import { livenessMs } from '../support/node-fixture.ts';
import { runProgram } from '../support/program-fixture.ts';
import { RunningNodeFixture } from '../support/running-node-fixture.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const rails = join(root, 'examples/nodes/eight-rails.yaml');
const roce = join(root, 'examples/nodes/roce-storage-and-compute.yaml');
const settings = join(root, 'deploy/kustomize/base/config.json');
const captured = join(root, 'test/fixtures/hosts/no-rdma-modules/host.tar.gz');

type Subject = keyof typeof outputSchemas;

/** Returns how the value differs from its schema, which allows no key that is not in it. */
function differences(subject: Subject, value: unknown): readonly string[] {
  const { issues = [] } = safeParse(outputSchemas[subject], value);
  return issues.map(({ path, message }) => `${path?.map(({ key }) => String(key)).join('.') ?? ''}: ${message}`);
}

async function printed(words: readonly string[]): Promise<unknown> {
  const { out, err } = await runProgram([...words, '-o', 'json']);
  if (out === '') throw new Error(err);
  return JSON.parse(out);
}

let node = new RunningNodeFixture();
beforeEach(async () => {
  await node.close();
  node = new RunningNodeFixture();
});
afterEach(() => node.close());

describe('the JSON that commands print', () => {
  it.each<[Subject, readonly string[]]>([
    ['discover', ['discover', '--fake-hcas', rails]],
    ['discover', ['discover', '--capture', captured]],
    ['explain', ['explain', '--config-file', settings, '--fake-hcas', rails]],
    ['explain', ['explain', '--config-file', settings, '--fake-hcas', roce]],
    ['explain', ['explain', '--config-file', settings, '--fake-hcas', rails, '--use-cdi']],
    ['explain', ['explain', '--config-file', settings, '--capture', captured]],
    ['explain', ['explain', 'mlx5_3', '--config-file', settings, '--fake-hcas', rails]],
    ['explain', ['explain', 'rdma/hca_shared_devices_a', '--config-file', settings, '--fake-hcas', rails]],
    ['doctor', ['doctor', '--config-file', settings, '--discovery', 'fake', '--fake-hcas', rails]],
    ['check', ['check']],
    ['validate', ['validate', settings, rails]],
    ['validate', ['validate', '--upstream', settings]],
    ['convert', ['convert', settings]],
    ['version', ['version']],
  ])(
    'has the form that is documented for %s: %j',
    async (subject, words) => {
      expect(differences(subject, await printed(words))).toEqual([]);
    },
    livenessMs,
  );

  it(
    'has the form that is documented for status, of a program that runs and of a busy one',
    async () => {
      const socket = join(node.directory, 'status.sock');
      await node.kubelet.start();
      node.plug({ name: 'mlx5_0' }, { name: 'mlx5_1', broken: true });
      node.configure({ resourceName: 'a', rdmaHcaMax: 2, selectors: { vendors: ['15b3'] } });
      node.run(`--status-socket=${socket}`);
      await node.reach('rdma/a', 2);
      expect(differences('status', await printed(['status', '--pods', '--status-socket', socket]))).toEqual([]);
      expect(differences('status', busyStatus())).toEqual([]);
    },
    livenessMs,
  );

  it('is documented for every command that prints JSON', () => {
    const printing = commandNames.filter((name) => declarationOf(name).outputs.includes('json'));
    expect(printing.toSorted()).toEqual(Object.keys(outputSchemas).toSorted());
    expect(['settings', ...printing].toSorted()).toEqual([...schemaSubjects].toSorted());
  });

  it('is described by the program itself', async () => {
    for (const subject of Object.keys(outputSchemas))
      expect(JSON.parse((await runProgram(['schema', subject])).out)).toMatchObject({
        title: `Output of rdma-shared-dp ${subject} -o json`,
      });
  });
});
