// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { readSettings } from '../../read-settings.ts';

/** Returns what is said about settings that have these members: warnings first, each with its remedy. */
async function said(content: object): Promise<readonly string[]> {
  const reading = await readSettings(JSON.stringify(content));
  const problems = reading.valid ? [] : reading.problems;
  return [...reading.warnings, ...problems].map(({ code, message, remedy }) => `${code} ${message} ${remedy}`);
}

const plain = { resourceName: 'hca', rdmaHcaMax: 8, selectors: { vendors: ['15b3'] } };

describe('An unknown key', () => {
  it.each([
    ['a misspelt selector', { ...plain, selectors: { vendor: ['15b3'] } }, 'selectors.vendor', '"vendors"'],
    ['misspelt selectors', { ...plain, selectors: undefined, selector: {} }, 'selector', '"selectors"'],
    [
      'a selector beside the name',
      { ...plain, selectors: undefined, ifNames: ['ib0'] },
      'ifNames',
      '"selectors.ifNames"',
    ],
    ['the end of a key', { ...plain, resourceName: undefined, name: 'a' }, 'name', '"resourceName"'],
  ])('that is %s is named beside the problem that follows from it', async (_, resource, key, meant) => {
    const texts = await said({ configList: [resource] });
    expect(texts).toHaveLength(2);
    expect(texts[0]).toContain(`configList[0].${key} is not a setting and has no effect; the closest key is ${meant}`);
    expect(texts[1]).toMatch(/_MISSING/);
    expect(texts[1]).toContain(`configList[0].${key}`);
  });

  it.each(['configlst', 'config_list', 'configLists'])('%s explains why there are no resources', async (key) => {
    const texts = await said({ [key]: [plain] });
    expect(texts[0]).toContain(`${key} is not a setting and has no effect; the closest key is "configList"`);
    expect(texts[1]).toMatch(new RegExp(`CONFIG_NO_RESOURCES .* Rename ${key} to "configList"\\.$`));
  });

  it('in a list of selectors or in match is the cause only of the problem around it', async () => {
    const resource = { ...plain, selectors: [{ vendors: ['15b3'] }, { drivrs: ['mlx5_core'] }] };
    const texts = await said({ configList: [resource], nodes: [{ names: ['gpu-1'], setLinksUp: true }] });
    expect(texts).toContainEqual(expect.stringMatching(/SELECTORS_MISSING .*Rename configList\[0\]\.\S+ to "drivers"/));
    expect(texts).toContainEqual(expect.stringMatching(/NODE_MATCH_MISSING .* Move nodes\[0\]\.names into "match"\.$/));
  });

  it('that is not the cause of a problem does not change its remedy', async () => {
    const texts = await said({ configList: [{ resourceName: 'hca', rdmaHcaMax: 8, sharng: 'device', selectors: {} }] });
    expect(texts[0]).toContain('the closest key is "sharing"');
    expect(texts[1]).toContain('Add selectors that match the HCAs');
  });

  it('is reported beside a problem of another kind', async () => {
    const texts = await said({ configList: [{ ...plain, rdmaHcaMax: '8', enviroment: true }] });
    expect(texts.map((text) => text.split(' ')[0])).toEqual(['CONFIG_KEY_UNKNOWN', 'CONFIG_WRONG_TYPE']);
  });
});

describe('Settings in the form of something else', () => {
  it.each([
    ['ConfigMap', { data: { 'config.json': '{}' } }, 'this is a ConfigMap; the settings are in data.config.json'],
    ['ConfigMap', { data: { note: 'x', 'rdma.yaml': '' } }, 'the settings are in data.rdma.yaml'],
    ['NicClusterPolicy', { spec: {} }, 'the settings are in spec.rdmaSharedDevicePlugin.config'],
    ['DaemonSet', { spec: {} }, 'settings are a document with configList'],
  ])('are reported as a %s, and nothing else is', async (kind, content, expected) => {
    const texts = await said({ apiVersion: 'v1', kind, metadata: { name: 'a' }, ...content });
    expect(texts).toEqual([expect.stringContaining(expected)]);
    expect(texts[0]).toMatch(/^CONFIG_KUBERNETES_OBJECT config\.json \(line 1, column 1\)/);
  });

  it('are read as settings if they have a configList', async () => {
    const reading = await readSettings(JSON.stringify({ apiVersion: 'v1', kind: 'Settings', configList: [plain] }));
    expect([reading.valid, reading.warnings.map(({ subject }) => subject)]).toEqual([true, ['apiVersion', 'kind']]);
  });

  it('say to put a bare list of resources into configList', async () => {
    expect(await said([{ name: 'a', vendors: ['15b3'] }])).toEqual([
      expect.stringContaining('Put the list into an object: {"configList": [ … ]}.'),
    ]);
  });
});

describe('A number with a unit', () => {
  it.each([
    ['60s', 'Write 60: the unit is seconds.'],
    ['1m', 'Write 60: the unit is seconds.'],
    ['1.5h', 'Write 5400: the unit is seconds.'],
    ['2 minutes', 'Write 120: the unit is seconds.'],
    ['500ms', 'Write a whole number in digits only.'],
    ['60', 'Write 60, without quotes.'],
  ])('%s for a time has the remedy: %s', async (interval, remedy) => {
    expect((await said({ periodicUpdateInterval: interval, configList: [plain] }))[0]).toContain(remedy);
    const health = { holdDownSeconds: interval };
    expect((await said({ configList: [{ ...plain, health }] }))[0]).toContain(remedy);
  });

  it.each([
    ['1k', 'Write 1000.'],
    ['60s', 'Write a whole number in digits only.'],
  ])('%s for a count has the remedy: %s', async (rdmaHcaMax, remedy) => {
    expect((await said({ configList: [{ ...plain, rdmaHcaMax }] }))[0]).toContain(remedy);
  });
});

describe('The name of a vendor', () => {
  it.each([
    ['mellanox', '15b3'],
    ['NVIDIA', '15b3'],
    ['Intel Corporation', '8086'],
    ['Broadcom Inc.', '14e4'],
    ['amazon', '1d0f'],
  ])('%s in vendors has a warning with its id %s', async (vendor, id) => {
    const texts = await said({ configList: [{ ...plain, selectors: { vendors: [vendor] } }] });
    expect(texts).toEqual([expect.stringMatching(/^CONFIG_SELECTOR_IMPOSSIBLE .*cannot match any HCA/)]);
    expect(texts[0]).toContain(`Write "${id}", the id of this vendor.`);
  });

  it.each(['acme', 'constructor', ''])('that is not known, such as "%s", has no id', async (vendor) => {
    const texts = await said({ configList: [{ ...plain, selectors: { vendors: [vendor] } }] });
    expect(texts[0]).toContain('Correct the entry, or remove it.');
  });
});
