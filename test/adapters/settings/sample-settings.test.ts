// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { complaints, readSettings, remarks } from './read-settings.ts';

const noSelector = {
  vendors: [],
  deviceIDs: [],
  drivers: [],
  ifNames: [],
  linkTypes: [],
  rdmaDevices: [],
  pciAddresses: [],
  numaNodes: [],
  functionKinds: [],
};

describe('readSettings, for files in use', () => {
  it('loads the example of upstream', async () => {
    const reading = await readSettings(`{
      "periodicUpdateInterval": 300,
      "configList": [
        {
          "resourceName": "hca_shared_devices_a",
          "rdmaHcaMax": 1000,
          "selectors": { "vendors": ["15b3"], "deviceIDs": ["1017"], "ifNames": ["ib0", "ib1"] }
        },
        {
          "resourceName": "hca_shared_devices_b",
          "resourcePrefix": "example.com",
          "rdmaHcaMax": 500,
          "devices": ["ib3", "ib4"]
        }
      ]
    }`);
    expect(reading).toMatchObject({
      valid: true,
      settings: {
        periodicUpdateInterval: 300,
        setLinksUp: false,
        resources: [
          {
            name: 'rdma/hca_shared_devices_a',
            rdmaHcaMax: 1000,
            sharing: 'pool',
            topology: true,
            allocationPolicy: 'spread',
            maxSharesPerContainer: null,
            env: false,
            health: { linkDown: 'ignore', holdDownSeconds: 10, forgetAfterSeconds: 86_400 },
            selectors: [{ ...noSelector, vendors: ['15b3'], deviceIDs: ['1017'], ifNames: ['ib0', 'ib1'] }],
            exclude: [],
          },
          {
            name: 'example.com/hca_shared_devices_b',
            rdmaHcaMax: 500,
            sharing: 'pool',
            topology: true,
            allocationPolicy: 'spread',
            maxSharesPerContainer: null,
            env: false,
            health: { linkDown: 'ignore', holdDownSeconds: 10, forgetAfterSeconds: 86_400 },
            selectors: [{ ...noSelector, ifNames: ['ib3', 'ib4'] }],
            exclude: [],
          },
        ],
      },
    });
    expect(remarks(reading)).toEqual(['CONFIG_DEVICES_DEPRECATED configList[1].devices']);
  });

  it('loads what the network operator writes', async () => {
    const reading = await readSettings(
      '{"configList":[{"resourceName":"rdma_shared_device_a","rdmaHcaMax":63,"selectors":{"vendors":["15b3"],"deviceIDs":[],"drivers":[],"ifNames":["ens1f0"],"linkTypes":[]}}]}',
    );
    expect(reading).toEqual({
      valid: true,
      settings: {
        nodes: [],
        rejected: [],
        periodicUpdateInterval: 60,
        setLinksUp: false,
        resources: [
          {
            name: 'rdma/rdma_shared_device_a',
            nameTemplate: null,
            rdmaHcaMax: 63,
            sharing: 'pool',
            topology: true,
            allocationPolicy: 'spread',
            maxSharesPerContainer: null,
            env: false,
            health: { linkDown: 'ignore', holdDownSeconds: 10, forgetAfterSeconds: 86_400 },
            selectors: [{ ...noSelector, vendors: ['15b3'], ifNames: ['ens1f0'] }],
            exclude: [],
            deviceNodes: { required: ['uverbs'], optional: ['umad', 'issm', 'rdma_cm', 'ucm'], extra: [] },
          },
        ],
      },
      warnings: [],
    });
  });

  it('loads several selectors and exclusions, regardless of the case of their keys', async () => {
    const reading = await readSettings(
      '{"configList":[{"resourceName":"a","rdmaHcaMax":1,"selectors":[{"rdmaDevices":["mlx5_0"]},{"NumaNodes":[1]}],"exclude":[{"pciAddresses":["3B:*"]}]}]}',
    );
    expect(reading).toMatchObject({
      valid: true,
      warnings: [],
      settings: {
        resources: [
          {
            selectors: [{ rdmaDevices: ['mlx5_0'], numaNodes: [] }, { numaNodes: ['1'] }],
            exclude: [{ pciAddresses: ['0000:3b:*'] }],
          },
        ],
      },
    });
  });

  it('loads the bare strings of spiderpool examples, with a warning for each', async () => {
    const reading = await readSettings(
      `periodicUpdateInterval: 300
configList:
  - resourcePrefix: spidernet.io
    resourceName: hca_shared_devices_a
    rdmaHcaMax: 500
    selectors:
      vendors: "15b3"
      deviceIDs: "1017"
`,
      'values.yaml',
    );
    expect(reading).toMatchObject({
      valid: true,
      settings: {
        resources: [
          {
            name: 'spidernet.io/hca_shared_devices_a',
            rdmaHcaMax: 500,
            selectors: [{ ...noSelector, vendors: ['15b3'], deviceIDs: ['1017'] }],
            exclude: [],
          },
        ],
      },
    });
    expect(remarks(reading)).toEqual([
      'CONFIG_STRING_NOT_LIST configList[0].selectors.vendors',
      'CONFIG_STRING_NOT_LIST configList[0].selectors.deviceIDs',
    ]);
  });
});

const resource = '{"resourceName":"a","rdmaHcaMax":5,"selectors":{"drivers":["mlx5_core"]}}';

describe('readSettings, as upstream', () => {
  it('matches keys regardless of case', async () => {
    const reading = await readSettings(
      '{"PeriodicUpdateInterval":7,"CONFIGLIST":[{"resourcename":"a","RdmaHcaMax":5,"Selectors":{"DEVICEids":["1017"]}}]}',
    );
    expect(reading).toMatchObject({
      settings: { periodicUpdateInterval: 7, resources: [{ name: 'rdma/a', selectors: [{ deviceIDs: ['1017'] }] }] },
      warnings: [],
    });
  });

  it('reads null as absent', async () => {
    const reading = await readSettings(
      `{"periodicUpdateInterval":null,"configList":[{"resourceName":"a","resourcePrefix":null,"rdmaHcaMax":5,"devices":null,"selectors":{"vendors":null,"drivers":["x"]}}]}`,
    );
    expect(reading).toMatchObject({
      valid: true,
      settings: { periodicUpdateInterval: 60, resources: [{ name: 'rdma/a' }] },
    });
  });

  it('uses the last of several values of a key, with a warning', async () => {
    const reading = await readSettings(
      `{"periodicUpdateInterval":"x","PERIODICupdateinterval":9,"configList":[${resource}]}`,
    );
    expect(reading).toMatchObject({ valid: true, settings: { periodicUpdateInterval: 9 } });
    expect(remarks(reading)).toEqual(['CONFIG_KEY_DUPLICATE periodicUpdateInterval']);
  });

  it('ignores unknown keys, with a warning that names the nearest key', async () => {
    const reading = await readSettings(`{"periodicUpdateIntervall":9,"zzz":{},"configList":[${resource}]}`);
    expect(reading.valid).toBe(true);
    expect(reading.warnings.map(({ remedy }) => remedy)).toEqual([
      'Rename it to "periodicUpdateInterval", or remove the key.',
      'Remove the key.',
    ]);
  });

  it('reads -0 as 0', async () => {
    const reading = await readSettings(`{"periodicUpdateInterval":-0,"configList":[${resource}]}`);
    expect(reading).toMatchObject({ settings: { periodicUpdateInterval: 0 } });
  });

  it.each(['1.0', '1e3', '"5"', 'true', '[]', '{}', '99999999999999999999'])(
    'rejects an interval of %s',
    async (literal) => {
      const reading = await readSettings(`{\n  "periodicUpdateInterval": ${literal},\n  "configList": [${resource}]}`);
      expect(complaints(reading)).toEqual([expect.stringMatching(/^CONFIG_\w+ periodicUpdateInterval$/)]);
      expect(reading).toMatchObject({
        problems: [
          {
            message: expect.stringContaining(`config.json (line 2, column 29): periodicUpdateInterval is ${literal};`),
          },
        ],
      });
    },
  );
});

describe('readSettings reports problems', () => {
  it('all at once, and one for each place', async () => {
    const reading = await readSettings(
      '{"setLinksUp":1,"configList":[{"resourceName":5,"rdmaHcaMax":1.5,"selectors":{"vendors":[1017,"15b3"]}},7,{"resourceName":"a b","rdmaHcaMax":1,"selectors":"x"}]}',
    );
    expect([...complaints(reading)].toSorted()).toEqual([
      'CONFIG_RESOURCE_NAME_INVALID configList[2].resourceName',
      'CONFIG_WRONG_TYPE configList[0].rdmaHcaMax',
      'CONFIG_WRONG_TYPE configList[0].resourceName',
      'CONFIG_WRONG_TYPE configList[0].selectors.vendors[0]',
      'CONFIG_WRONG_TYPE configList[1]',
      'CONFIG_WRONG_TYPE configList[2].selectors',
      'CONFIG_WRONG_TYPE setLinksUp',
    ]);
    expect(remarks(reading)).toEqual([]);
  });

  it('at the place of the enclosing object if a key is missing', async () => {
    const reading = await readSettings('{"configList": [\n  {"resourceName": "a", "rdmaHcaMax": 1}]}');
    expect(reading).toMatchObject({
      problems: [{ message: expect.stringContaining('(line 2, column 3): configList[0] has') }],
    });
  });

  it('with the value shortened to one line', async () => {
    const reading = await readSettings(`{"configList": {"a": "${'x'.repeat(500)}",\n\n "b": 1}}`);
    const messages = reading.valid ? [] : reading.problems.map(({ message }) => message);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain('x…; it must be a list of objects.');
    expect(messages[0]?.length).toBeLessThan(200);
  });

  it('with the advice to quote a number in a YAML list', async () => {
    const reading = await readSettings(
      'configList:\n- resourceName: a\n  rdmaHcaMax: 1\n  selectors: {vendors: [0017]}',
      'c.yml',
    );
    expect(reading).toMatchObject({
      problems: [{ message: expect.stringContaining('(line 4, column 25)'), remedy: 'Write it in quotes: "0017".' }],
    });
  });

  it('up to a hundred, and counts the rest', async () => {
    const reading = await readSettings(`{"configList":[${Array.from({ length: 150 }, () => '1').join(',')}]}`);
    expect(complaints(reading)).toHaveLength(101);
    expect(complaints(reading).at(-1)).toMatch(/^CONFIG_MORE_PROBLEMS/);
  });
});
