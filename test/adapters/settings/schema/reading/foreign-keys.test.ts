// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { ConfigReading } from '#ports/config-source.ts';
import { complaints, readSettings, remarks } from '../../read-settings.ts';

const plain = { resourceName: 'a', rdmaHcaMax: 4, selectors: { vendors: ['15b3'] } };

async function readResource(change: object, top: object = {}, name = 'config.json'): Promise<ConfigReading> {
  return await readSettings(JSON.stringify({ ...top, configList: [{ ...plain, ...change }] }), name);
}

describe('readSettings, for a document that upstream reads', () => {
  it.each(
    (
      [
        ['env', ['UCX_TLS=rc']],
        ['env', { UCX_TLS: 'rc' }],
        ['topology', 'rack-7'],
        ['topology', { zone: 'a' }],
        ['health', 'strict'],
        ['health', { interval: 5 }],
        ['sharing', { timeSlicing: { replicas: 4 } }],
        ['allocationPolicy', ['packed']],
        ['exclude', 'later'],
        ['exclude', ['ens9']],
        ['deviceNodes', ['/dev/gdrdrv']],
        ['maxSharesPerContainer', { default: 1 }],
        ['resourceNameTemplate', {}],
      ] as const
    ).map(([key, value]) => [key, { [key]: value }] as const),
  )('ignores %s of another type', async (key, change) => {
    const reading = await readResource(change);
    expect(reading).toMatchObject({ valid: true, settings: { resources: [{ name: 'rdma/a', rdmaHcaMax: 4 }] } });
    expect(remarks(reading)).toEqual([`CONFIG_KEY_IGNORED configList[0].${key}`]);
  });

  it.each<[string, object]>([
    ['nodes', { nodes: ['gpu-1', 'gpu-2'] }],
    ['nodes', { Nodes: 'all' }],
    ['nodes', { nodes: [{ name: 'gpu-1' }] }],
    ['nodes', { nodes: { selector: 'gpu' } }],
    ['setLinksUp', { setLinksUp: { ens1f0: true } }],
  ])('ignores %s of another shape', async (key, top) => {
    const reading = await readResource({}, top);
    expect(reading.valid && reading.settings.resources.length).toBe(1);
    expect(remarks(reading)).toEqual([`CONFIG_KEY_IGNORED ${key}`]);
  });

  it.each([{ exclude: [] }, { exclude: {} }, { health: {} }, { env: null }])('says nothing of %j', async (change) => {
    const reading = await readResource(change);
    expect([reading.valid, remarks(reading)]).toEqual([true, []]);
  });

  it('names the key, its place and the type that it has here', async () => {
    const [warning] = (
      await readSettings(`{"configList":[{"resourceName":"a","rdmaHcaMax":1,\n "env":["A=b"],\n"devices":["x"]}]}`)
    ).warnings;
    expect(warning?.message).toBe(
      'config.json (line 2, column 2): configList[0].env has a value that is not meant for this program, ' +
        'and is ignored, as upstream ignores it; here it must be true or false.',
    );
    expect(warning?.remedy).toBe('Remove the key, or set it to true or false.');
  });

  it('uses devices alone if the selectors have only keys that upstream lacks', async () => {
    const reading = await readResource({ devices: ['ens1f0'], selectors: { pciAddresses: ['0000:3b:00.0'] } });
    expect(reading).toMatchObject({
      settings: { resources: [{ selectors: [{ ifNames: ['ens1f0'], pciAddresses: [] }] }] },
    });
    expect(remarks(reading)).toEqual([
      'CONFIG_KEY_IGNORED configList[0].selectors.pciAddresses',
      'CONFIG_DEVICES_DEPRECATED configList[0].devices',
    ]);
  });

  it('narrows by pciAddresses, which other plugins have, and still ignores foreign keys', async () => {
    const reading = await readResource({ env: [1], selectors: { vendors: ['15b3'], pciAddresses: ['0000:3b:00.0'] } });
    expect(reading).toMatchObject({ settings: { resources: [{ env: false, selectors: [{ vendors: ['15b3'] }] }] } });
    expect(remarks(reading)).toEqual(['CONFIG_KEY_IGNORED configList[0].env']);
  });
});

describe('readSettings rejects a mistake in settings for this program', () => {
  it.each<[string, object, string]>([
    ['a number for sharing', { sharing: 5 }, 'sharing'],
    ['true for sharing', { sharing: true }, 'sharing'],
    ['true in quotes', { env: 'true' }, 'env'],
    ['no in quotes', { topology: 'no' }, 'topology'],
    ['a number in quotes', { maxSharesPerContainer: '2' }, 'maxSharesPerContainer'],
    ['a foreign value beside a valid one', { sharing: 'device', env: ['A=b'] }, 'env'],
    ['a foreign value beside a misspelt one', { sharing: 7, env: ['A=b'] }, 'sharing'],
    ['a list for an object with its keys', { deviceNodes: [{ required: ['umad'] }] }, 'deviceNodes'],
    ['a number in a list of strings', { exclude: { rdmaDevices: [5] } }, 'exclude.rdmaDevices[0]'],
  ])('%s', async (_, change, key) => {
    expect(complaints(await readResource(change))).toContain(`CONFIG_WRONG_TYPE configList[0].${key}`);
  });

  it('a foreign value in one resource, where another has a key of this program', async () => {
    const ours = { ...plain, resourceName: 'b', maxSharesPerContainer: 1 };
    const reading = await readSettings(JSON.stringify({ configList: [ours, { ...plain, health: 'strict' }] }));
    expect(complaints(reading)).toEqual(['CONFIG_WRONG_TYPE configList[1].health']);
  });

  it('an object for nodes with the keys of an entry', async () => {
    const reading = await readResource({}, { nodes: { match: { names: ['a'] }, remove: ['*'] } });
    expect(complaints(reading)).toEqual(['CONFIG_WRONG_TYPE nodes']);
  });

  it('in YAML, which upstream does not read', async () => {
    const reading = await readResource({ env: ['A=b'] }, {}, 'config.yaml');
    expect(complaints(reading)).toEqual(['CONFIG_WRONG_TYPE configList[0].env']);
  });

  it('devices beside selectors of this program', async () => {
    const reading = await readResource({ devices: ['ens1f0'], selectors: { rdmaDevices: ['mlx5_0'] } });
    expect(complaints(reading)).toEqual(['CONFIG_SELECTORS_AND_DEVICES configList[0]']);
  });

  it('devices beside selectors that upstream reads', async () => {
    const selectors = { vendors: ['15b3'], pciAddresses: ['0000:3b:00.0'] };
    const reading = await readResource({ devices: ['ens1f0'], selectors });
    expect(complaints(reading)).toEqual(['CONFIG_SELECTORS_AND_DEVICES configList[0]']);
  });
});
