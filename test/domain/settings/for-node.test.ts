// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type NodeFacts, requiredFacts, settingsFor } from '#domain/settings/for-node.ts';
import type { NodeMatchDocument, SettingsDocument } from '#domain/settings/document.ts';
import { validateSettings } from '#domain/settings/validation/settings.ts';
import type { ClusterSettings } from '#domain/settings/settings.ts';

const aNode: NodeFacts = {
  name: 'gpu-17',
  labels: new Map([
    ['gpu', 'h100'],
    ['zone', 'a'],
    ['empty', ''],
  ]),
};

function resource(resourceName: string, rdmaHcaMax = 1): object {
  return { resourceName, rdmaHcaMax, selectors: { vendors: ['15b3'] } };
}

function clusterOf(document: SettingsDocument): ClusterSettings {
  const { settings, problems } = validateSettings(document);
  if (settings === null) throw new Error(JSON.stringify(problems));
  return settings;
}

/** The resources of a node, each with its shares. */
function sharesOn(document: SettingsDocument, node: NodeFacts = aNode): Readonly<Record<string, number>> {
  return Object.fromEntries(
    settingsFor(clusterOf(document), node).settings.resources.map(({ name, rdmaHcaMax }) => [name, rdmaHcaMax]),
  );
}

describe('settingsFor: an entry of nodes', () => {
  const table: readonly [string, NodeMatchDocument, boolean][] = [
    ['matches a node by its name', { names: ['gpu-17'] }, true],
    ['matches a node by a pattern of its name', { names: ['gpu-[0-9]*'] }, true],
    ['matches a node by one of several names', { names: ['cpu-*', 'gpu-17'] }, true],
    ['does not match a node by a part of its name', { names: ['gpu-1'] }, false],
    ['matches a node by a label', { labels: { gpu: 'h100' } }, true],
    ['matches a node by a pattern of a label', { labels: { gpu: 'h*' } }, true],
    ['matches a node by the presence of a label', { labels: { empty: '*' } }, true],
    ['does not match a node without the label', { labels: { pool: '*' } }, false],
    ['does not match a node with another value of the label', { labels: { gpu: 'a100' } }, false],
    ['matches a node by all labels', { labels: { gpu: 'h100', zone: 'a' } }, true],
    ['does not match a node by some of the labels', { labels: { gpu: 'h100', zone: 'b' } }, false],
    ['matches a node by name and label', { names: ['gpu-*'], labels: { zone: 'a' } }, true],
    ['does not match a node by name alone if it has labels', { names: ['gpu-*'], labels: { zone: 'b' } }, false],
    ['does not match a node by label alone if it has names', { names: ['cpu-*'], labels: { zone: 'a' } }, false],
    ['with an empty list of names matches any name', { names: [], labels: { zone: 'a' } }, true],
  ];
  it.each(table)('%s', (_, match, expected) => {
    const cluster = clusterOf({ configList: [resource('a')], nodes: [{ match, setLinksUp: true }] });
    expect(settingsFor(cluster, aNode)).toMatchObject({
      settings: { setLinksUp: expected },
      entries: expected ? ['nodes[0]'] : [],
    });
  });

  it('does not match a node whose name and labels are not known', () => {
    const cluster = clusterOf({
      configList: [resource('a')],
      nodes: [
        { match: { names: ['*'] }, setLinksUp: true },
        { match: { labels: { gpu: '*' } }, setLinksUp: true },
      ],
    });
    expect(settingsFor(cluster, { name: null, labels: null }).entries).toEqual([]);
  });
});

describe('settingsFor: a matching entry of nodes', () => {
  const match = { names: ['*'] };
  it.each<[string, SettingsDocument, Readonly<Record<string, number>>]>([
    [
      'replaces the resource with the same full name, at its position',
      { configList: [resource('a'), resource('b')], nodes: [{ match, configList: [resource('a', 7)] }] },
      { 'rdma/a': 7, 'rdma/b': 1 },
    ],
    [
      'adds a new resource',
      { configList: [resource('a')], nodes: [{ match, configList: [resource('c', 2)] }] },
      { 'rdma/a': 1, 'rdma/c': 2 },
    ],
    [
      'distinguishes the same name under two prefixes',
      {
        configList: [resource('a')],
        nodes: [{ match, configList: [{ ...resource('a', 3), resourcePrefix: 'x.org' }] }],
      },
      { 'rdma/a': 1, 'x.org/a': 3 },
    ],
    [
      'removes a resource',
      { configList: [resource('a'), resource('b')], nodes: [{ match, remove: ['rdma/a'] }] },
      { 'rdma/b': 1 },
    ],
    [
      'removes resources by a pattern',
      { configList: [resource('a'), resource('b')], nodes: [{ match, remove: ['rdma/*'] }] },
      {},
    ],
    [
      'removes before it adds',
      { configList: [resource('a'), resource('b')], nodes: [{ match, remove: ['*'], configList: [resource('b', 5)] }] },
      { 'rdma/b': 5 },
    ],
    [
      'is overridden by a later entry',
      {
        configList: [resource('a')],
        nodes: [
          { match, configList: [resource('a', 2)] },
          { match, configList: [resource('a', 3)] },
        ],
      },
      { 'rdma/a': 3 },
    ],
    [
      'adds to an earlier entry',
      {
        configList: [resource('a')],
        nodes: [
          { match, configList: [resource('b')] },
          { match, configList: [resource('c')] },
        ],
      },
      { 'rdma/a': 1, 'rdma/b': 1, 'rdma/c': 1 },
    ],
    [
      'removes a resource that an earlier entry added',
      {
        configList: [resource('a')],
        nodes: [
          { match, configList: [resource('b')] },
          { match, remove: ['rdma/b'] },
        ],
      },
      { 'rdma/a': 1 },
    ],
    ['can have the only resources', { nodes: [{ match, configList: [resource('a')] }] }, { 'rdma/a': 1 }],
    [
      'of other nodes has no effect',
      {
        configList: [resource('a')],
        nodes: [{ match: { names: ['cpu-*'] }, configList: [resource('a', 9)], remove: ['rdma/a'] }],
      },
      { 'rdma/a': 1 },
    ],
  ])('%s', (_, document, shares) => {
    expect(Object.entries(sharesOn(document))).toEqual(Object.entries(shares));
  });

  it('overrides the keys that it has, and leaves the others', () => {
    const document = {
      periodicUpdateInterval: 5,
      setLinksUp: true,
      configList: [resource('a')],
      nodes: [
        { match, periodicUpdateInterval: 0 },
        { match, setLinksUp: false },
      ],
    };
    expect(settingsFor(clusterOf(document), aNode)).toMatchObject({
      settings: { periodicUpdateInterval: 0, setLinksUp: false },
      entries: ['nodes[0]', 'nodes[1]'],
    });
  });

  it('gives frozen settings', () => {
    const { settings, entries } = settingsFor(
      clusterOf({ configList: [resource('a')], nodes: [{ match, configList: [resource('b')] }] }),
      aNode,
    );
    expect([settings, settings.resources, entries].every(Object.isFrozen)).toBe(true);
  });
});

describe('requiredFacts', () => {
  const wanted = (name: string | null, ...matches: readonly NodeMatchDocument[]): unknown =>
    requiredFacts(
      clusterOf({ configList: [resource('a')], nodes: matches.map((match) => ({ match, setLinksUp: true })) }),
      name,
    );

  it.each<[string, readonly NodeMatchDocument[], unknown]>([
    ['needs nothing without entries', [], { name: false, labels: false }],
    ['needs the name for names', [{ names: ['a'] }], { name: true, labels: false }],
    ['needs the labels for labels', [{ labels: { a: 'b' } }], { name: false, labels: true }],
    [
      'needs no labels if the name does not match',
      [{ names: ['cpu-*'], labels: { a: 'b' } }],
      { name: true, labels: false },
    ],
    ['needs labels if the name matches', [{ names: ['gpu-*'], labels: { a: 'b' } }], { name: true, labels: true }],
    [
      'needs labels if any entry has them',
      [{ names: ['cpu-*'], labels: { a: 'b' } }, { labels: { a: 'b' } }],
      { name: true, labels: true },
    ],
  ])('%s', (_, matches, expected) => {
    expect(wanted('gpu-17', ...matches)).toEqual(expected);
  });
});

const words = fc.constantFrom('a', 'b', 'c', 'd');
const anyResource = fc.record({
  resourceName: words,
  rdmaHcaMax: fc.integer({ min: 1, max: 9 }),
  selectors: fc.constant({ vendors: ['15b3'] }),
});
const resources = fc.uniqueArray(anyResource, { selector: ({ resourceName }) => resourceName, maxLength: 4 });
const pattern = fc.constantFrom('gpu-17', 'gpu-*', 'cpu-*', '*');
const anyMatch = fc.oneof(
  fc.record({ names: fc.array(pattern, { minLength: 1, maxLength: 2 }) }),
  fc.record({
    labels: fc.dictionary(fc.constantFrom('gpu', 'zone'), fc.constantFrom('h100', 'a', '*'), { minKeys: 1 }),
  }),
);
const anyEntry = fc.record(
  {
    match: anyMatch,
    configList: resources,
    remove: fc.array(
      words.map((word) => `rdma/${word}`),
      { maxLength: 2 },
    ),
    setLinksUp: fc.boolean(),
    periodicUpdateInterval: fc.nat(9),
  },
  { requiredKeys: ['match'] },
);
const anyDocument = fc.record({
  configList: resources.filter(({ length }) => length > 0),
  nodes: fc.array(anyEntry, { maxLength: 4 }),
});

describe('settingsFor, for a resource that the kubelet would reject', () => {
  const tooMany = 300_000;
  const namesOn = (document: SettingsDocument): unknown => {
    const { settings, rejected } = settingsFor(clusterOf(document), aNode);
    return [settings.resources.map(({ name }) => name), rejected.map(({ name }) => name)];
  };
  const here = { match: { names: ['gpu-*'] } };
  it.each<[string, SettingsDocument, readonly string[], readonly string[]]>([
    ['leaves it out', { configList: [resource('a'), resource('b', tooMany)] }, ['rdma/a'], ['rdma/b']],
    [
      'does not offer what it would replace',
      { configList: [resource('a'), resource('b')], nodes: [{ ...here, configList: [resource('b', tooMany)] }] },
      ['rdma/a'],
      ['rdma/b'],
    ],
    [
      'offers what replaces it',
      { configList: [resource('a', tooMany), resource('b')], nodes: [{ ...here, configList: [resource('a')] }] },
      ['rdma/b', 'rdma/a'],
      [],
    ],
    [
      'forgets it where it is removed',
      { configList: [resource('a'), resource('b_')], nodes: [{ ...here, remove: ['rdma/b*'] }] },
      ['rdma/a'],
      [],
    ],
    [
      'knows nothing of it on other nodes',
      { configList: [resource('a')], nodes: [{ match: { names: ['cpu-*'] }, configList: [resource('_a')] }] },
      ['rdma/a'],
      [],
    ],
  ])('%s', (_, document, offered, rejected) => {
    expect(namesOn(document)).toEqual([offered, rejected]);
  });
});

describe('settingsFor, for any document', () => {
  const check = (property: (document: SettingsDocument & { nodes: readonly object[] }) => void): void =>
    fc.assert(fc.property(anyDocument, property));
  const on = (document: SettingsDocument, node: NodeFacts = aNode) => settingsFor(clusterOf(document), node);

  it('gives a node the settings of the document if there are no entries', () => {
    check(({ configList = [] }) => {
      const document = { configList };
      const { nodes: none, rejected, ...everywhere } = clusterOf(document);
      expect(none).toEqual([]);
      expect(on(document)).toEqual({ settings: everywhere, rejected, entries: [] });
    });
  });

  it('ignores entries that do not match', () => {
    check((document) => {
      const { entries, settings } = on(document);
      const matching = document.nodes.filter((_, index) => entries.includes(`nodes[${index}]`));
      expect(on({ ...document, nodes: matching }).settings).toEqual(settings);
    });
  });

  it('applies an entry that occurs twice in a row like a single one', () => {
    check((document) => {
      const twice = document.nodes.flatMap((entry) => [entry, entry]);
      expect(on({ ...document, nodes: twice }).settings).toEqual(on(document).settings);
    });
  });

  it('applies entries in order, each to the result of those before it', () => {
    check((document) => {
      const cluster = clusterOf(document);
      const { settings, rejected } = settingsFor({ ...cluster, nodes: cluster.nodes.slice(0, -1) }, aNode);
      expect(settingsFor({ ...settings, rejected, nodes: cluster.nodes.slice(-1) }, aNode).settings).toEqual(
        settingsFor(cluster, aNode).settings,
      );
    });
  });

  it('has each resource once, as the last matching entry with it defines it', () => {
    check((document) => {
      const cluster = clusterOf(document);
      const { settings, entries } = settingsFor(cluster, aNode);
      const names = settings.resources.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      const last = cluster.nodes.findLast(({ path }) => entries.includes(path));
      expect(settings.resources).toEqual(expect.arrayContaining([...(last?.resources ?? [])]));
    });
  });
});
