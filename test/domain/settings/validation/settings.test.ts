// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { entryRules } from '#domain/settings/selector-entry.ts';
import { selectorFields } from '#domain/settings/settings.ts';
import type { ResourceDocument, SettingsDocument } from '#domain/settings/document.ts';
import { validateSettings } from '#domain/settings/validation/settings.ts';
import { aSelector } from '../../../support/hca-fixture.ts';

const nameless = { rdmaHcaMax: 10, selectors: { vendors: ['15b3'] } };
const good = { resourceName: 'a', ...nameless };
const manyNamed = { ...nameless, resourceNameTemplate: 'hca_{rdmaDevice}' };

function withResource(changes: ResourceDocument): SettingsDocument {
  return { configList: [{ ...good, ...changes }] };
}

function complaints(document: SettingsDocument): readonly string[] {
  return validateSettings(document).problems.map(({ code, subject }) => `${code} ${subject}`);
}

function remarks(document: SettingsDocument): readonly string[] {
  return validateSettings(document).warnings.map(({ code, subject }) => `${code} ${subject}`);
}

describe('validateSettings', () => {
  it('fills in the defaults for absent keys', () => {
    expect(validateSettings({ configList: [good] })).toEqual({
      settings: {
        periodicUpdateInterval: 60,
        setLinksUp: false,
        rejected: [],
        resources: [
          {
            name: 'rdma/a',
            nameTemplate: null,
            rdmaHcaMax: 10,
            sharing: 'pool',
            topology: true,
            allocationPolicy: 'spread',
            maxSharesPerContainer: null,
            env: false,
            health: { linkDown: 'ignore', holdDownSeconds: 10, forgetAfterSeconds: 86_400 },
            selectors: [aSelector({ vendors: ['15b3'] })],
            exclude: [],
            deviceNodes: { required: ['uverbs'], optional: ['umad', 'issm', 'rdma_cm', 'ucm'], extra: [] },
          },
        ],
        nodes: [],
      },
      problems: [],
      warnings: [],
    });
  });

  it('returns deeply frozen settings', () => {
    const settings = validateSettings({ configList: [good] }).settings;
    const parts = [settings, settings?.resources, settings?.resources[0], settings?.resources[0]?.selectors];
    const lists: readonly unknown[] = Object.values(settings?.resources[0]?.selectors[0] ?? {});
    expect(lists).toHaveLength(9);
    expect([...parts, ...lists].every((part) => part !== undefined && Object.isFrozen(part))).toBe(true);
  });

  it('accepts an interval of 0, which turns the periodic scan off', () => {
    expect(validateSettings({ periodicUpdateInterval: 0, configList: [good] }).settings?.periodicUpdateInterval).toBe(
      0,
    );
  });

  it('limits the interval to the longest that a timer can wait, with a warning', () => {
    const document = { periodicUpdateInterval: 2_147_484, configList: [good] };
    expect(validateSettings(document).settings?.periodicUpdateInterval).toBe(2_147_483);
    expect(remarks(document)).toEqual(['CONFIG_INTERVAL_TOO_LONG periodicUpdateInterval']);
  });

  it('reads an empty prefix as the default', () => {
    expect(validateSettings(withResource({ resourcePrefix: '' })).settings?.resources[0]?.name).toBe('rdma/a');
  });

  it('accepts one name under two prefixes', () => {
    const verdict = validateSettings({ configList: [good, { ...good, resourcePrefix: 'nvidia.com' }] });
    expect(verdict.settings?.resources.map(({ name }) => name)).toEqual(['rdma/a', 'nvidia.com/a']);
  });

  it('reads devices as ifNames, with a warning', () => {
    const document = {
      configList: [{ resourceName: 'a', rdmaHcaMax: 1, devices: ['ib0'], selectors: { vendors: [] } }],
    };
    expect(validateSettings(document).settings?.resources[0]?.selectors[0]?.ifNames).toEqual(['ib0']);
    expect(remarks(document)).toEqual(['CONFIG_DEVICES_DEPRECATED configList[0].devices']);
  });

  it('keeps the health settings', () => {
    const health = { linkDown: 'unhealthy', holdDownSeconds: 0, forgetAfterSeconds: 5 } as const;
    expect(validateSettings(withResource({ health })).settings?.resources[0]?.health).toEqual(health);
  });

  it('reads an empty list of devices as none', () => {
    expect(validateSettings(withResource({ devices: [] })).problems).toEqual([]);
  });

  it('warns that a resource without rdmaHcaMax has no shares', () => {
    const document = { configList: [{ resourceName: 'a', selectors: { vendors: ['15b3'] } }] };
    expect(validateSettings(document).settings?.resources[0]?.rdmaHcaMax).toBe(0);
    expect(remarks(document)).toEqual(['CONFIG_NO_SHARES configList[0].rdmaHcaMax']);
  });
});

describe('validateSettings, with per-device shares', () => {
  it('defaults to a topology, the spread policy and no limit', () => {
    expect(validateSettings(withResource({ sharing: 'device' })).settings?.resources[0]).toMatchObject({
      sharing: 'device',
      topology: true,
      allocationPolicy: 'spread',
      maxSharesPerContainer: null,
    });
  });

  it('keeps the values of the keys', () => {
    const written = { sharing: 'device', topology: false, allocationPolicy: 'pack', maxSharesPerContainer: 2 } as const;
    expect(validateSettings(withResource(written)).settings?.resources[0]).toMatchObject(written);
  });

  it('accepts a template in place of a resource name', () => {
    const { settings, problems, warnings } = validateSettings({
      configList: [{ ...manyNamed, resourceName: '', resourcePrefix: 'x.io' }, good],
    });
    expect(settings?.resources.map(({ name, nameTemplate }) => [name, nameTemplate])).toEqual([
      ['x.io/hca_{rdmaDevice}', 'x.io/hca_{rdmaDevice}'],
      ['rdma/a', null],
    ]);
    expect([problems, warnings]).toEqual([[], []]);
  });

  it('warns about keys that have no effect in a share pool', () => {
    expect(remarks(withResource({ topology: true, allocationPolicy: 'pack' }))).toEqual([
      'CONFIG_KEY_NO_EFFECT configList[0].topology',
      'CONFIG_KEY_NO_EFFECT configList[0].allocationPolicy',
    ]);
  });
});

describe('validateSettings rejects settings', () => {
  it.each<[string, SettingsDocument, string]>([
    ['without resources', {}, 'CONFIG_NO_RESOURCES configList'],
    ['with an empty list', { configList: [] }, 'CONFIG_NO_RESOURCES configList'],
    ['without a name', withResource({ resourceName: '' }), 'CONFIG_RESOURCE_NAME_MISSING configList[0].resourceName'],
    [
      'with a name that has another character than those of names',
      withResource({ resourceName: 'a b' }),
      'CONFIG_RESOURCE_NAME_INVALID configList[0].resourceName',
    ],
    [
      'with a placeholder in a plain name',
      withResource({ resourceName: 'hca_{rail}' }),
      'CONFIG_RESOURCE_NAME_INVALID configList[0].resourceName',
    ],
    ['with a name and a template', withResource(manyNamed), 'CONFIG_RESOURCE_NAME_AND_TEMPLATE configList[0]'],
    [
      'with a template with an unknown placeholder',
      { configList: [{ ...nameless, resourceNameTemplate: 'hca_{ifName}' }] },
      'CONFIG_RESOURCE_NAME_TEMPLATE_INVALID configList[0].resourceNameTemplate',
    ],
    [
      'with a template that cannot make a valid name',
      { configList: [{ ...nameless, resourceNameTemplate: 'hca {rail}' }] },
      'CONFIG_RESOURCE_NAME_INVALID configList[0].resourceNameTemplate',
    ],
    [
      'with a duplicate template',
      { configList: [manyNamed, manyNamed] },
      'CONFIG_RESOURCE_NAME_DUPLICATE configList[1].resourceNameTemplate',
    ],
    ['with devices and selectors', withResource({ devices: ['ib0'] }), 'CONFIG_SELECTORS_AND_DEVICES configList[0]'],
    ['with empty selectors', withResource({ selectors: { vendors: [] } }), 'CONFIG_SELECTORS_MISSING configList[0]'],
    [
      'with an empty object in a list of selectors',
      withResource({ selectors: [{ vendors: ['15b3'] }, {}] }),
      'CONFIG_SELECTORS_MISSING configList[0].selectors[1]',
    ],
    [
      'with a duplicate name',
      { configList: [good, good] },
      'CONFIG_RESOURCE_NAME_DUPLICATE configList[1].resourceName',
    ],
  ])('%s', (_, document, complaint) => {
    expect(complaints(document)).toEqual([complaint]);
    expect(validateSettings(document).settings).toBeNull();
  });

  it('and names the resource that has the name first', () => {
    const [problem] = validateSettings({ configList: [good, { ...good, resourceName: 'b' }, good] }).problems;
    expect(problem?.message).toContain('"rdma/a"');
    expect(problem?.message).toContain('configList[0]');
  });

  it('and reports every problem at once, with those of resources that only the kubelet rejects', () => {
    const bad = { resourceName: '-', resourcePrefix: 'rdma', rdmaHcaMax: 226_601 };
    expect(complaints({ configList: [bad, {}] })).toEqual([
      'CONFIG_RESOURCE_NAME_INVALID configList[0].resourceName',
      'CONFIG_SHARES_TOO_MANY configList[0].rdmaHcaMax',
      'CONFIG_SELECTORS_MISSING configList[0]',
      'CONFIG_RESOURCE_NAME_MISSING configList[1].resourceName',
      'CONFIG_SELECTORS_MISSING configList[1]',
    ]);
  });

  it.each<[string, SettingsDocument]>([
    ['the list of resources', { configList: null }],
    ['an element of it', { configList: [null] }],
    ['an entry of nodes', { nodes: [null] }],
    ['a resource', withResource({ resourceName: null, rdmaHcaMax: null, sharing: null, topology: true })],
    ['a name template', { configList: [{ ...nameless, resourceNameTemplate: null }] }],
    ['selectors', withResource({ selectors: { vendors: null } })],
    ['a list of selectors', withResource({ selectors: [null] })],
    ['a selector', withResource({ selectors: { vendors: [null] }, exclude: { linkTypes: [null] } })],
    ['devices', { configList: [{ resourceName: 'a', rdmaHcaMax: 1, devices: null }] }],
    ['health', withResource({ health: { linkDown: null } })],
    ['device nodes', withResource({ deviceNodes: { required: [null], extra: [null] } })],
  ])('with a rejected part in %s, and reports nothing more about it', (_, document) => {
    expect(validateSettings(document)).toEqual({ settings: null, problems: [], warnings: [] });
  });
});

/** The resources that are offered, and the codes and paths for each one that the kubelet would reject. */
function offered(document: SettingsDocument): unknown {
  const { settings, problems } = validateSettings(document);
  expect(problems).toEqual([]);
  return [
    settings?.resources.map(({ name }) => name),
    settings?.rejected.map(({ name, problems: found }) => [
      name,
      ...found.map(({ code, subject }) => `${code} ${subject.replace('configList[1].', '')}`),
    ]),
  ];
}

describe('validateSettings keeps all other resources if the kubelet would reject', () => {
  const neighbors = (bad: ResourceDocument): SettingsDocument => ({
    configList: [good, { ...nameless, ...bad }, { ...good, resourceName: 'z' }],
  });
  it.each<[string, ResourceDocument, string, ...string[]]>([
    ['the end of a name', { resourceName: 'fabric_' }, 'rdma/fabric_', 'CONFIG_RESOURCE_NAME_INVALID resourceName'],
    [
      'the beginning of a name',
      { resourceName: '_fabric' },
      'rdma/_fabric',
      'CONFIG_RESOURCE_NAME_INVALID resourceName',
    ],
    [
      'a name of 64 characters',
      { resourceName: 'x'.repeat(64) },
      `rdma/${'x'.repeat(64)}`,
      'CONFIG_RESOURCE_NAME_INVALID resourceName',
    ],
    [
      'a prefix with an underscore',
      { resourceName: 'b', resourcePrefix: 'lab_7' },
      'lab_7/b',
      'CONFIG_RESOURCE_PREFIX_INVALID resourcePrefix',
    ],
    [
      'a prefix of Kubernetes',
      { resourceName: 'b', resourcePrefix: 'rdma.kubernetes.io' },
      'rdma.kubernetes.io/b',
      'CONFIG_RESOURCE_PREFIX_INVALID resourcePrefix',
    ],
    [
      'the prefix of a template',
      { resourceNameTemplate: 'hca_{rail}', resourcePrefix: 'A' },
      'A/hca_{rail}',
      'CONFIG_RESOURCE_PREFIX_INVALID resourcePrefix',
    ],
    [
      'the list of its shares',
      { resourceName: 'b', rdmaHcaMax: 226_601 },
      'rdma/b',
      'CONFIG_SHARES_TOO_MANY rdmaHcaMax',
    ],
    [
      'its name and the list of its shares',
      { resourceName: 'b-', rdmaHcaMax: 999_999 },
      'rdma/b-',
      'CONFIG_RESOURCE_NAME_INVALID resourceName',
      'CONFIG_SHARES_TOO_MANY rdmaHcaMax',
    ],
  ])('%s', (_, bad, name, ...findings) => {
    expect(offered(neighbors(bad))).toEqual([['rdma/a', 'rdma/z'], [[name, ...findings]]]);
  });

  it('and names the number of shares that would fit', () => {
    const { settings } = validateSettings(withResource({ rdmaHcaMax: Number.MAX_SAFE_INTEGER }));
    expect(settings?.rejected[0]?.problems[0]?.message).toContain('226600');
  });

  it('and is valid even if no resource is left', () => {
    expect(offered(withResource({ resourcePrefix: 'Lab' }))).toMatchObject([[], [['Lab/a', expect.any(String)]]]);
  });
});

describe('selector entry', () => {
  const readings: readonly (readonly [string, string, string])[] = [
    ['linkTypes', 'ethernet', 'ether'],
    ['linkTypes', ' RoCE', 'ether'],
    ['linkTypes', 'eth', 'ether'],
    ['linkTypes', 'IB', 'infiniband'],
    ['linkTypes', 'InfiniBand', 'infiniband'],
    ['vendors', '0x15b3', '15b3'],
    ['vendors', '15B3', '15b3'],
    ['deviceIDs', '0X101D ', '101d'],
    ['functionKinds', 'VF', 'vf'],
    ['functionKinds', 'PF', 'pf'],
  ];

  it.each(readings)('%s: %j is normalized to %j, with a warning', (key, written, meant) => {
    for (const place of ['selectors', 'exclude'] as const) {
      const { settings, warnings } = validateSettings(withResource({ [place]: { [key]: [written] } }));
      expect(settings?.resources[0]?.[place][0]).toMatchObject({ [key]: [meant] });
      expect(warnings.map(({ code, subject, remedy }) => [code, subject, remedy])).toEqual([
        ['CONFIG_SELECTOR_NORMALIZED', `configList[0].${place}.${key}[0]`, `Write "${meant}" instead.`],
      ]);
    }
  });

  it.each([
    ['linkTypes', 'token-ring'],
    ['vendors', '15b'],
    ['vendors', '0x015b3'],
    ['deviceIDs', '17'],
    ['deviceIDs', 'ConnectX'],
    ['drivers', ''],
    ['vendors', ''],
    ['rdmaDevices', ''],
    ['pciAddresses', 'mlx5_0'],
    ['functionKinds', 'sf'],
  ])('%s: %j stays as it is, with a warning that no HCA can match it', (key, written) => {
    const { settings, warnings } = validateSettings(withResource({ selectors: { [key]: [written] } }));
    expect(settings?.resources[0]?.selectors[0]).toMatchObject({ [key]: [written] });
    expect(warnings.map(({ code, subject }) => [code, subject])).toEqual([
      ['CONFIG_SELECTOR_IMPOSSIBLE', `configList[0].selectors.${key}[0]`],
    ]);
  });

  it.each([
    ['deviceIDs', '0000:81:00.0', 'Move it into pciAddresses: it is a PCI address.'],
    ['vendors', '3B:00.1', 'Move it into pciAddresses: it is a PCI address.'],
    ['deviceIDs', '15B3:101d', 'Write "15b3" in vendors, and "101d" in deviceIDs.'],
    ['vendors', '0x8086:0x1592', 'Write "8086" in vendors, and "1592" in deviceIDs.'],
    ['pciAddresses', 'mlx5_bond_0', 'Move it into rdmaDevices: it is the name of an RDMA device.'],
    ['deviceIDs', 'bnxt_re1', 'Move it into rdmaDevices: it is the name of an RDMA device.'],
    ['vendors', 'Mellanox', 'Write "15b3", the id of this vendor.'],
    ['deviceIDs', 'ConnectX', 'Correct the entry, or remove it.'],
  ])('%s: %j belongs elsewhere, and the warning says where', (key, written, remedy) => {
    const { warnings } = validateSettings(withResource({ selectors: { [key]: [written] } }));
    expect(warnings.map((warning) => warning.remedy)).toEqual([remedy]);
  });

  it.each(['ifNames', 'linkTypes'])('%s: "" stays as it is, with a warning that it means no netdev', (key) => {
    for (const place of ['selectors', 'exclude'] as const) {
      const { settings, warnings } = validateSettings(withResource({ [place]: { [key]: ['', 'infiniband'] } }));
      expect(settings?.resources[0]?.[place][0]).toMatchObject({ [key]: ['', 'infiniband'] });
      expect(warnings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
        `CONFIG_SELECTOR_WITHOUT_NETDEV configList[0].${place}.${key}[0]`,
      ]);
    }
  });

  it.each([
    ['vendors', '15b3'],
    ['linkTypes', 'infiniband'],
    ['drivers', 'MLX5_core'],
    ['ifNames', ' Eth0'],
    ['rdmaDevices', 'MLX5_0'],
  ])('%s: %j may match, and stays as it is without a warning', (key, written) => {
    const { settings, warnings } = validateSettings(withResource({ selectors: { [key]: [written] } }));
    expect(settings?.resources[0]?.selectors[0]).toMatchObject({ [key]: [written] });
    expect(warnings).toEqual([]);
  });

  it('changes only where it could match nothing, and normalizing is idempotent', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...selectorFields),
        fc.oneof(fc.string(), fc.constantFrom('15B3', '0x1017', 'IB', 'pf', '3B:00.0')),
        (key, written) => {
          const normalized = entryRules[key].normalize(written);
          if (key !== 'pciAddresses' && entryRules[key].matches.test(written)) expect(normalized).toBe(written);
          expect(entryRules[key].normalize(normalized)).toBe(normalized);
        },
      ),
    );
  });
});
