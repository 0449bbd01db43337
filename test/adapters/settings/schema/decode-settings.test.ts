// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { ConfigReading } from '#ports/config-source.ts';
import { complaints, readSettings, remarks } from '../read-settings.ts';

const good = { resourceName: 'a', rdmaHcaMax: 10, selectors: { vendors: ['15b3'] } };

async function read(document: object): Promise<ConfigReading> {
  return await readSettings(JSON.stringify(document));
}

async function readResource(change: object): Promise<ConfigReading> {
  return await read({ configList: [{ ...good, ...change }] });
}

function firstProblem(reading: ConfigReading): unknown {
  const [problem] = reading.valid ? [] : reading.problems;
  return problem && [problem.message.replace(/^.*?: /, ''), problem.remedy];
}

describe('settings schema, for a word', () => {
  it.each<[string, object, string, string, string]>([
    ['sharing', { sharing: 'x' }, 'configList[0].sharing', '"pool" or "device"', 'Write "device" for shares'],
    [
      'allocationPolicy',
      { allocationPolicy: 'x' },
      'configList[0].allocationPolicy',
      '"spread" or "pack"',
      'Write "pack"',
    ],
    [
      'health.linkDown',
      { health: { linkDown: 'down' } },
      'configList[0].health.linkDown',
      '"ignore" or "unhealthy"',
      'Write "unhealthy"',
    ],
    [
      'deviceNodes.required',
      { deviceNodes: { required: ['uverbs', 'verbs'] } },
      'configList[0].deviceNodes.required[1]',
      '"uverbs", "umad", "issm", "ucm" or "rdma_cm"',
      'by their paths, in deviceNodes.extra.',
    ],
    [
      'deviceNodes.optional',
      { deviceNodes: { optional: ['/dev/hfi1_0'] } },
      'configList[0].deviceNodes.optional[0]',
      '"uverbs", "umad", "issm", "ucm" or "rdma_cm"',
      'by their paths, in deviceNodes.extra.',
    ],
  ])('rejects an unknown %s and names the allowed words', async (_, change, path, words, remedy) => {
    const reading = await readResource(change);
    expect(complaints(reading)).toEqual([`CONFIG_VALUE_UNKNOWN ${path}`]);
    expect(firstProblem(reading)).toEqual([
      expect.stringMatching(new RegExp(`^.* is ".*"; it must be ${words}\\.$`)),
      expect.stringContaining(remedy),
    ]);
  });

  it('rejects a value of another type and names the allowed words', async () => {
    expect(firstProblem(await readResource({ sharing: 5 }))).toEqual([
      'configList[0].sharing is 5; it must be "pool" or "device".',
      'Write "pool" or "device".',
    ]);
  });

  it('rejects null in a list of words', async () => {
    const reading = await readResource({ deviceNodes: { required: [null] } });
    expect(complaints(reading)).toEqual(['CONFIG_WRONG_TYPE configList[0].deviceNodes.required[0]']);
  });
});

describe('settings schema, for a number', () => {
  it.each<[object, string, string, string]>([
    [{ rdmaHcaMax: -1 }, 'rdmaHcaMax', 'a whole number from 0 to 226600', 'Set it to the number of pods'],
    [{ maxSharesPerContainer: 0 }, 'maxSharesPerContainer', 'a whole number of at least 1', 'for no limit'],
    [
      { health: { holdDownSeconds: -1 } },
      'health.holdDownSeconds',
      'a whole number from 0 to 2147483',
      'Write a number in this range, or remove the key for the default, 10.',
    ],
    [
      { health: { forgetAfterSeconds: 2_147_484 } },
      'health.forgetAfterSeconds',
      'a whole number from 0 to 2147483',
      'Write a number in this range, or remove the key for the default, 86400.',
    ],
  ])('rejects %j and names the range', async (change, key, range, remedy) => {
    const reading = await readResource(change);
    expect(complaints(reading)).toEqual([`CONFIG_VALUE_OUT_OF_RANGE configList[0].${key}`]);
    expect(firstProblem(reading)).toEqual([
      expect.stringMatching(new RegExp(`${key} is -?\\d+; it must be ${range}\\.$`)),
      expect.stringContaining(remedy),
    ]);
  });

  it.each([
    ['periodicUpdateInterval', { periodicUpdateInterval: -1, configList: [good] }],
    [
      'nodes[0].periodicUpdateInterval',
      { configList: [good], nodes: [{ match: { names: ['a'] }, periodicUpdateInterval: -1 }] },
    ],
  ])('rejects a negative %s', async (path, document) => {
    const reading = await read(document);
    expect(complaints(reading)).toEqual([`CONFIG_VALUE_OUT_OF_RANGE ${path}`]);
    expect(firstProblem(reading)).toEqual([
      `${path} is -1; it must be a whole number from 0 to 2147483.`,
      'Set it to 0 to turn the periodic scan off, or to the number of seconds between two scans.',
    ]);
  });

  it.each(['99999999999999999999', `1${'0'.repeat(400)}`])('rejects %s, which is not exact', async (literal) => {
    const numaNodes = `{"configList":[{"resourceName":"a","rdmaHcaMax":1,"selectors":{"numaNodes":[${literal}]}}]}`;
    const reading = await readSettings(numaNodes);
    expect(complaints(reading)).toEqual(['CONFIG_VALUE_OUT_OF_RANGE configList[0].selectors.numaNodes[0]']);
    expect(firstProblem(reading)).toEqual([
      expect.stringContaining('it must be a whole number of at most 9007199254740991.'),
      'Write a number in this range.',
    ]);
  });
});

describe('settings schema, for values of a wrong type', () => {
  it.each<[object, string, string]>([
    [{ env: 'yes' }, 'configList[0].env', 'true or false'],
    [{ health: [], env: true }, 'configList[0].health', 'an object'],
    [{ selectors: [[]] }, 'configList[0].selectors[0]', 'an object'],
    [{ devices: { a: 1 }, selectors: undefined }, 'configList[0].devices', 'a list of strings'],
    [{ resourcePrefix: ['x'] }, 'configList[0].resourcePrefix', 'a string'],
    [{ resourcePrefix: {} }, 'configList[0].resourcePrefix', 'a string'],
    [{ deviceNodes: { required: 5 } }, 'configList[0].deviceNodes.required', 'a list of strings'],
  ])('rejects %j with one problem', async (change, path, wanted) => {
    const reading = await readResource(change);
    expect(complaints(reading)).toEqual([`CONFIG_WRONG_TYPE ${path}`]);
    expect(firstProblem(reading)).toEqual([expect.stringContaining(`; it must be ${wanted}.`), expect.any(String)]);
  });

  it.each(['[]', '5', '"x"', 'true'])('rejects %s as a document', async (text) => {
    expect(complaints(await readSettings(text, 'config.yaml'))).toEqual(['CONFIG_WRONG_TYPE document']);
  });

  it('reads null as an empty document', async () => {
    expect(complaints(await readSettings('null', 'config.yaml'))).toEqual(['CONFIG_NO_RESOURCES configList']);
  });
});

describe('settings schema and meaning, for a resource that the kubelet would reject,', () => {
  it('say where it is in the text', async () => {
    const reading = await readSettings(
      '{"configList": [\n  {"resourceName": "a", "rdmaHcaMax": 1, "selectors": {"vendors": ["15b3"]}},\n' +
        '  {"resourceName": "b", "resourcePrefix": "lab_7", "rdmaHcaMax": 1, "selectors": {"vendors": ["15b3"]}}]}',
    );
    expect(reading).toMatchObject({ valid: true, warnings: [], settings: { resources: [{ name: 'rdma/a' }] } });
    expect(reading.valid && reading.settings.rejected).toMatchObject([
      {
        name: 'lab_7/b',
        problems: [
          {
            code: 'CONFIG_RESOURCE_PREFIX_INVALID',
            message: expect.stringMatching(
              /^config\.json \(line 3, column 43\): configList\[1\]\.resourcePrefix is "lab_7"/,
            ),
            remedy: expect.stringContaining('Choose a resourcePrefix'),
          },
        ],
      },
    ]);
  });

  it('say so in time, however many there are', async () => {
    const configList = Array.from({ length: 9_000 }, (_, index) => ({ ...good, resourceName: `a${index}_` }));
    const reading = await read({ configList });
    const rejected = reading.valid ? reading.settings.rejected : [];
    expect([rejected.length, rejected.filter(({ problems }) => problems.length > 0).length]).toEqual([9_000, 100]);
  });
});

describe('settings schema and meaning', () => {
  it('report all problems of both at once, and nothing twice', async () => {
    const reading = await read({
      periodicUpdateInterval: -1,
      configList: [
        { ...good, resourceName: '-', rdmaHcaMax: -5, sharing: 'x', topology: true },
        { resourceName: 'b', rdmaHcaMax: 1, selectors: { vendors: 7 }, deviceNodes: { required: ['x'] } },
        5,
      ],
      nodes: [{ match: { names: [1] }, remove: ['no-such-resource'] }, 'x'],
    });
    expect(complaints(reading)).toEqual([
      'CONFIG_VALUE_OUT_OF_RANGE periodicUpdateInterval',
      'CONFIG_VALUE_OUT_OF_RANGE configList[0].rdmaHcaMax',
      'CONFIG_VALUE_UNKNOWN configList[0].sharing',
      'CONFIG_WRONG_TYPE configList[1].selectors.vendors',
      'CONFIG_VALUE_UNKNOWN configList[1].deviceNodes.required[0]',
      'CONFIG_WRONG_TYPE configList[2]',
      'CONFIG_WRONG_TYPE nodes[0].match.names[0]',
      'CONFIG_WRONG_TYPE nodes[1]',
      'CONFIG_RESOURCE_NAME_INVALID configList[0].resourceName',
    ]);
    expect(remarks(reading)).toEqual([]);
  });

  it('accept a bare word in place of a list of words, with a warning', async () => {
    const reading = await readResource({ deviceNodes: { required: 'uverbs' } });
    expect(reading).toMatchObject({ valid: true });
    expect(remarks(reading)).toEqual(['CONFIG_STRING_NOT_LIST configList[0].deviceNodes.required']);
    expect(complaints(await readResource({ deviceNodes: { required: 'verbs' } }))).toEqual([
      'CONFIG_VALUE_UNKNOWN configList[0].deviceNodes.required[0]',
    ]);
  });
});
