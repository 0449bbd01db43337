// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { readSettings } from '#adapters/settings/read-settings.ts';
import { upstreamDifferences } from '#domain/settings/upstream.ts';

async function differences(document: object, isJson = true): Promise<readonly string[]> {
  const reading = await readSettings('config.json', new TextEncoder().encode(JSON.stringify(document)));
  if (!reading.valid) throw new Error(reading.problems.map(({ message }) => message).join(' '));
  return upstreamDifferences({ ...reading, isJson });
}

const plain = { resourceName: 'a', rdmaHcaMax: 1, selectors: { vendors: ['15b3'] } };
const always = [
  'It would offer only HCAs that have the nodes umad and rdma_cm beside uverbs.',
  'It would bring up the links of the HCAs that it selects.',
];

describe('upstreamDifferences', () => {
  it('are few for settings that upstream reads', async () => {
    expect(await differences({ configList: [plain] })).toEqual(always);
  });

  it.each<[string, object, readonly string[]]>([
    [
      'a name with a dash',
      { ...plain, resourceName: 'a-b' },
      ['It would exit: a-b may have letters, digits and underscores only.'],
    ],
    [
      'a template',
      { ...plain, resourceName: undefined, resourceNameTemplate: 'hca_{rdmaDevice}' },
      ['It would exit: rdma/hca_{rdmaDevice} has no resourceName.'],
    ],
    [
      'a string in place of a list',
      { ...plain, selectors: { vendors: '15b3' } },
      ['It would exit: configList[0].selectors.vendors must be a list.'],
    ],
    [
      'several selectors',
      { ...plain, selectors: [{ vendors: ['15b3'] }, { vendors: ['8086'] }] },
      ['It would exit: the selectors of rdma/a must be one object.'],
    ],
    [
      'keys that upstream lacks',
      { ...plain, sharing: 'device', env: true, deviceNodes: { optional: [] } },
      ['It would ignore sharing, env, deviceNodes of rdma/a: a share would give all HCAs of the resource.'],
    ],
    [
      'an id that is not written as the kernel writes it',
      { ...plain, selectors: { vendors: ['0x15B3'] } },
      ['It would match nothing with configList[0].selectors.vendors[0] as it is written.'],
    ],
    [
      'selectors that upstream lacks, patterns, and the first interface',
      { ...plain, selectors: { pciAddresses: ['0000:3b:00.0'], ifNames: ['ib*'] } },
      [
        'It would ignore pciAddresses in the selectors of rdma/a, and so select more HCAs.',
        'It would take the patterns in ifNames of rdma/a for names, and match nothing.',
        'It would compare ifNames of rdma/a with the first network interface of an HCA only.',
      ],
    ],
  ])('name %s', async (_case, resource, expected) => {
    expect(await differences({ configList: [resource] })).toEqual([...expected, ...always]);
  });

  it('name YAML, keys at the top, and names that differ in their prefix only', async () => {
    const document = {
      setLinksUp: true,
      configList: [plain, { ...plain, resourcePrefix: 'acme.com' }],
      nodes: [{ match: { names: ['n'] }, periodicUpdateInterval: 7 }],
    };
    expect(await differences(document, false)).toEqual([
      'It would exit: it reads JSON only.',
      'It would exit: two resources have the resourceName a, whatever their prefix.',
      'It would ignore nodes.',
      'It would ignore setLinksUp.',
      always[0],
    ]);
  });
});
