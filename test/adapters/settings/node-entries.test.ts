// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { ConfigReading } from '#ports/config-source.ts';
import { complaints, readSettings, remarks } from './read-settings.ts';

const resource = '{"resourceName": "a", "rdmaHcaMax": 5, "selectors": {"vendors": ["15b3"]}}';

async function withEntry(entry: string): Promise<ConfigReading> {
  return await readSettings(`{"configList": [${resource}],\n  "nodes": [\n    ${entry}\n  ]}`);
}

describe('readSettings, for entries of nodes', () => {
  it('reads labels with any key', async () => {
    const reading = await withEntry(
      `{"match": {"names": ["gpu-*"], "labels": {"gpu": "h100", "x.org/A": "*"}}, "remove": ["rdma/a"], "configList": [${resource}]}`,
    );
    expect(reading).toMatchObject({
      valid: true,
      warnings: [],
      settings: {
        nodes: [
          {
            path: 'nodes[0]',
            match: {
              names: ['gpu-*'],
              labels: [
                { key: 'gpu', value: 'h100' },
                { key: 'x.org/A', value: '*' },
              ],
            },
            remove: ['rdma/a'],
            resources: [{ name: 'rdma/a' }],
          },
        ],
      },
    });
  });

  it('reads the same from YAML', async () => {
    const yaml =
      'nodes:\n  - match:\n      labels:\n        topology.kubernetes.io/zone: eu-1a\n    configList:\n      - resourceName: a\n        rdmaHcaMax: 5\n        selectors: {vendors: ["15b3"]}\n';
    expect(await readSettings(yaml, 'config.yaml')).toMatchObject({
      valid: true,
      settings: {
        resources: [],
        nodes: [{ match: { labels: [{ key: 'topology.kubernetes.io/zone', value: 'eu-1a' }] } }],
      },
    });
  });

  it('keeps the case of label keys', async () => {
    expect(await withEntry('{"match": {"labels": {"GPU": "a", "gpu": "b"}}, "setLinksUp": true}')).toMatchObject({
      warnings: [],
      settings: {
        nodes: [
          {
            match: {
              labels: [
                { key: 'GPU', value: 'a' },
                { key: 'gpu', value: 'b' },
              ],
            },
          },
        ],
      },
    });
  });

  it.each([
    [
      'a boolean for a label',
      '{"match": {"labels": {"gpu": true}}, "setLinksUp": true}',
      'CONFIG_WRONG_TYPE nodes[0].match.labels.gpu',
      'Write it in quotes: "true".',
    ],
    [
      'a number for a label',
      '{"match": {"labels": {"x.org/n": 8}}, "setLinksUp": true}',
      'CONFIG_WRONG_TYPE nodes[0].match.labels["x.org/n"]',
      'Write it in quotes: "8".',
    ],
    [
      'null for a label',
      '{"match": {"labels": {"gpu": null}}, "setLinksUp": true}',
      'CONFIG_WRONG_TYPE nodes[0].match.labels.gpu',
      'Write a string.',
    ],
    [
      'a list for labels',
      '{"match": {"labels": ["gpu"]}, "setLinksUp": true}',
      'CONFIG_WRONG_TYPE nodes[0].match.labels',
      'Write an object of strings.',
    ],
    [
      'a number for an entry, beside a valid one',
      '5, {"match": {"names": ["a"]}, "setLinksUp": true}',
      'CONFIG_WRONG_TYPE nodes[0]',
      'Write an object.',
    ],
    [
      'a reserved name as a label key',
      '{"match": {"labels": {"constructor": "x", "gpu": "y"}}, "setLinksUp": true}',
      'CONFIG_KEY_RESERVED nodes[0].match.labels.constructor',
      'Choose another key.',
    ],
  ])('rejects %s', async (_, entry, complaint, remedy) => {
    const reading = await withEntry(entry);
    expect(complaints(reading)).toEqual([complaint]);
    expect(reading).toMatchObject({ problems: [{ remedy }] });
  });

  it('reports all problems at once, each with its line', async () => {
    const reading = await withEntry(
      '{"match": {}, "configList": [\n      {"resourceName": "b", "rdmaHcaMax": -1, "selectors": {"vendors": ["15b3"]}}]}',
    );
    expect(complaints(reading)).toEqual([
      'CONFIG_VALUE_OUT_OF_RANGE nodes[0].configList[0].rdmaHcaMax',
      'CONFIG_NODE_MATCH_MISSING nodes[0].match',
    ]);
    expect(reading).toMatchObject({
      problems: [{ message: expect.stringContaining('line 4') }, { message: expect.stringContaining('line 3') }],
    });
  });

  it('warns about an unknown key and about a duplicate label', async () => {
    expect(
      remarks(await withEntry('{"match": {"name": ["gpu-1"], "labels": {"a": "1", "a": "2"}}, "setLinksUp": true}')),
    ).toEqual(['CONFIG_KEY_UNKNOWN nodes[0].match.name', 'CONFIG_KEY_DUPLICATE nodes[0].match.labels.a']);
  });
});
