// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { livenessMs } from '../support/node-fixture.ts';
import type { ProgramFixture } from '../support/program-fixture.ts';
import { RunningNodeFixture } from '../support/running-node-fixture.ts';

const hcas = [0, 1].map((i) => ({ name: `mlx5_${i}`, pciAddress: `0000:${i + 1}a:00.0` }));
const resource = { resourceName: 'a', rdmaHcaMax: 4, selectors: { vendors: ['15b3'] } };

let node = new RunningNodeFixture();
beforeEach(async () => {
  await node.close();
  node = new RunningNodeFixture();
  await node.kubelet.start();
  node.plug(...hcas);
  node.configure(resource);
});
afterEach(() => node.close());

const directory = (): string => join(node.directory, 'cdi');
const run = (): ProgramFixture => node.run('--use-cdi', '--cdi-dir', directory());

interface SpecFile {
  readonly kind: string;
  readonly devices: readonly { readonly name: string }[];
}

/** Returns the names that a runtime can look up now. */
function resolvable(): readonly string[] {
  return readdirSync(directory()).flatMap((file) => {
    const { kind, devices } = JSON.parse(readFileSync(join(directory(), file), 'utf8')) as SpecFile;
    return devices.map(({ name }) => `${kind}=${name}`);
  });
}

describe('the CDI names that a pod was granted', () => {
  async function granted(): Promise<{ readonly program: ProgramFixture; readonly names: readonly string[] }> {
    const program = run();
    await node.reach('rdma/a', 4);
    const { cdiDevices } = await node.start('rdma/a', 1);
    expect(cdiDevices).toHaveLength(2);
    expect(resolvable()).toEqual(expect.arrayContaining([...cdiDevices]));
    return { program, names: cdiDevices };
  }

  it(
    'stay after their resource left the settings, and after an HCA left the selectors',
    async () => {
      const { names } = await granted();
      node.configure({ ...resource, selectors: { rdmaDevices: ['mlx5_1'] } }, { ...resource, resourceName: 'b' });
      await node.reach('rdma/b', 4);
      expect(resolvable()).toEqual(expect.arrayContaining([...names]));
      node.configure({ ...resource, resourceName: 'b' });
      await node.reach('rdma/a', 0);
      expect(resolvable()).toEqual(expect.arrayContaining([...names]));
    },
    livenessMs,
  );

  it(
    'stay while no HCA is there, and after a restart of the program with other settings',
    async () => {
      const { program, names } = await granted();
      node.plug();
      await node.reach('rdma/a', 0);
      expect(resolvable()).toEqual(expect.arrayContaining([...names]));
      await program.end();
      node.plug(...hcas);
      node.configure({ ...resource, resourceName: 'b' });
      run();
      await node.reach('rdma/b', 4);
      expect(resolvable()).toEqual(expect.arrayContaining([...names]));
    },
    livenessMs,
  );
});
