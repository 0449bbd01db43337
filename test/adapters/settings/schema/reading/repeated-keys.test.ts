// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readSettings, remarks } from '../../read-settings.ts';

interface GoSelectors {
  readonly [field: string]: readonly string[];
}

/** A document, and what Go's encoding/json (1.26) makes of it with the types of upstream's settings. */
interface GoDecoded {
  readonly text: string;
  readonly decoded: {
    readonly periodicUpdateInterval: number | null;
    readonly configList: readonly {
      readonly resourceName: string;
      readonly resourcePrefix: string;
      readonly rdmaHcaMax: number;
      readonly devices: readonly string[];
      readonly selectors: GoSelectors;
    }[];
  };
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../fixtures/go-decoded-settings.json'), 'utf8'),
) as readonly GoDecoded[];

/** Makes every decoded resource valid, so that the whole document can be compared. */
function readable({ text, decoded }: GoDecoded): readonly [string, string] {
  const resources = decoded.configList.map((resource, index) => ({
    ...resource,
    resourceName: `r${index}`,
    resourcePrefix: '',
    devices: [],
    selectors: { ...resource.selectors, drivers: ['x'] },
  }));
  const suffix = resources.map(({ resourceName }) =>
    JSON.stringify({ resourceName, resourcePrefix: '', devices: null, selectors: { drivers: ['x'] } }),
  );
  const last = `"configList":[${suffix.join(',')}]`;
  const json = text === '{}' ? `{${last}}` : `${text.slice(0, -1)},${last}}`;
  return [json, JSON.stringify({ ...decoded, configList: resources })];
}

async function settingsIn(json: string): Promise<unknown> {
  const reading = await readSettings(json);
  if (!reading.valid) throw new Error(JSON.stringify(reading.problems));
  return reading.settings;
}

describe('readSettings, for keys that occur several times', () => {
  it.each(recorded.map((one) => readable(one)))('reads %s as Go does', async (json, expected) => {
    const { periodicUpdateInterval, configList } = JSON.parse(expected) as GoDecoded['decoded'];
    expect(await settingsIn(json)).toMatchObject({
      periodicUpdateInterval: periodicUpdateInterval ?? 60,
      resources: configList.map(({ resourceName, rdmaHcaMax, selectors }) => ({
        name: `rdma/${resourceName}`,
        rdmaHcaMax,
        selectors: [selectors],
      })),
    });
  });
});

const named = '"resourceName":"a"';
const all = '"selectors":{"vendors":["15b3"]}';

describe('readSettings, as Go,', () => {
  it.each<[string, string, object]>([
    [
      'joins selectors that are set twice',
      `{${named},"rdmaHcaMax":2,"selectors":{"ifNames":["ib2","ib3"]},"Selectors":{"deviceIDs":["101b"]}}`,
      { selectors: [{ ifNames: ['ib2', 'ib3'], deviceIDs: ['101b'] }] },
    ],
    [
      'replaces a list of strings',
      `{${named},"rdmaHcaMax":2,"selectors":{"ifNames":["ib2","ib3"]},"selectors":{"IFNAMES":["ib4"]}}`,
      { selectors: [{ ifNames: ['ib4'] }] },
    ],
    [
      'keeps a number at null',
      `{${named},"rdmaHcaMax":16,"rdmaHcaMax":null,"RdmaHcaMax":null,${all}}`,
      { rdmaHcaMax: 16 },
    ],
    [
      'keeps a string at null',
      `{${named},"resourcePrefix":"lab.io","resourcePrefix":null,"rdmaHcaMax":1,${all}}`,
      { name: 'lab.io/a' },
    ],
    [
      'keeps selectors at null',
      `{${named},"rdmaHcaMax":1,${all},"selectors":null}`,
      { selectors: [{ vendors: ['15b3'] }] },
    ],
    [
      'empties a list of strings at null',
      `{${named},"rdmaHcaMax":1,"devices":["ib0"],"devices":null,${all}}`,
      { selectors: [{ ifNames: [], vendors: ['15b3'] }] },
    ],
    [
      'reads null in a list as an empty string',
      `{${named},"rdmaHcaMax":1,"selectors":{"ifNames":["ib0",null]}}`,
      { selectors: [{ ifNames: ['ib0', ''] }] },
    ],
    [
      'keeps a string of the list before at null',
      `{${named},"rdmaHcaMax":1,"selectors":{"ifNames":["ib0","ib1"]},"selectors":{"ifNames":[null,"ib5"]}}`,
      { selectors: [{ ifNames: ['ib0', 'ib5'] }] },
    ],
    [
      'matches keys that Unicode folds to the same letters',
      `{${named},"rdmaHcaMax":1,"\u017felectors":{"lin\u212aTypes":["ether"]}}`,
      { selectors: [{ linkTypes: ['ether'] }] },
    ],
  ])('%s', async (_, resource, expected) => {
    expect(await settingsIn(`{"configList":[${resource}]}`)).toMatchObject({ resources: [expected] });
  });

  it('joins a list of resources with the one before, element by element', async () => {
    const before = `[{${named},"rdmaHcaMax":4,${all}},{"resourceName":"b"}]`;
    const after = '[{"rdmaHcaMax":8,"selectors":{"ifNames":["ib1"]}}]';
    const reading = await readSettings(`{"configList":${before},"configList":${after}}`);
    expect(reading).toMatchObject({
      settings: {
        resources: [{ name: 'rdma/a', rdmaHcaMax: 8, selectors: [{ vendors: ['15b3'], ifNames: ['ib1'] }] }],
      },
    });
    expect(reading.valid && reading.settings.resources.length).toBe(1);
  });

  it('forgets an interval at null', async () => {
    const json = `{"periodicUpdateInterval":5,"periodicUpdateInterval":null,"configList":[{${named},${all}}]}`;
    expect(await settingsIn(json)).toMatchObject({ periodicUpdateInterval: 60 });
  });
});

describe('readSettings warns about a key that is set again', () => {
  it.each([
    [
      'an object',
      `{${named},"rdmaHcaMax":1,${all},"selectors":{"drivers":["x"]}}`,
      'selectors',
      'added to those before',
    ],
    ['a number', `{${named},"rdmaHcaMax":1,"rdmaHcaMax":2,${all}}`, 'rdmaHcaMax', 'only the last value is used'],
    ['null', `{${named},"rdmaHcaMax":1,"rdmaHcaMax":null,${all}}`, 'rdmaHcaMax', 'null keeps the value before'],
  ])('and says what %s does', async (_, resource, key, effect) => {
    const reading = await readSettings(`{"configList":[${resource}]}`);
    expect(remarks(reading)).toEqual([`CONFIG_KEY_DUPLICATE configList[0].${key}`]);
    expect(reading.warnings[0]?.message).toContain(effect);
  });

  it('in time, however often', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `"rdmaHcaMax":${index}`).join(',');
    const lists = Array.from({ length: 2_000 }, () => `"devices":["ib0","ib1","ib2"]`).join(',');
    const reading = await readSettings(`{"configList":[{${named},${many},${lists}}]}`);
    expect(reading).toMatchObject({ valid: true, settings: { resources: [{ rdmaHcaMax: 19_999 }] } });
  });
});
