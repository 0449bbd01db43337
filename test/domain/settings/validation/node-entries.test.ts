// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { NodeEntryDocument, NodeMatchDocument, SettingsDocument } from '#domain/settings/document.ts';
import { validateSettings } from '#domain/settings/validation/settings.ts';

const good = { resourceName: 'a', rdmaHcaMax: 10, selectors: { vendors: ['15b3'] } };
const match = { names: ['gpu-*'] };

function withEntry(...nodes: readonly NodeEntryDocument[]): SettingsDocument {
  return { configList: [good], nodes };
}

function findingsIn(document: SettingsDocument): { problems: readonly string[]; warnings: readonly string[] } {
  const { problems, warnings } = validateSettings(document);
  const [wrong = [], odd = []] = [problems, warnings].map((list) =>
    list.map(({ code, subject }) => `${code} ${subject}`),
  );
  return { problems: wrong, warnings: odd };
}

describe('validateSettings rejects an entry of nodes', () => {
  it.each<[string, SettingsDocument, string]>([
    ['without match', withEntry({ setLinksUp: true }), 'CONFIG_NODE_MATCH_MISSING nodes[0].match'],
    [
      'with an empty match',
      withEntry({ match: { names: [], labels: {} }, setLinksUp: true }),
      'CONFIG_NODE_MATCH_MISSING nodes[0].match',
    ],
    [
      'with an invalid resource, by its path',
      withEntry({ match, setLinksUp: true }, { match, configList: [{ ...good, selectors: {} }] }),
      'CONFIG_SELECTORS_MISSING nodes[1].configList[0]',
    ],
    [
      'with a duplicate resource',
      withEntry({ match, configList: [good, good] }),
      'CONFIG_RESOURCE_NAME_DUPLICATE nodes[0].configList[1].resourceName',
    ],
    [
      'even if it matches no existing node',
      withEntry({ match: { names: ['no-such-node'] }, configList: [{ ...good, resourceName: 'a b' }] }),
      'CONFIG_RESOURCE_NAME_INVALID nodes[0].configList[0].resourceName',
    ],
  ])('%s', (_, document, complaint) => {
    expect(findingsIn(document).problems).toEqual([complaint]);
    expect(validateSettings(document).settings).toBeNull();
  });

  it('and names the first of two resources with the same name', () => {
    const [problem] = validateSettings(withEntry({ match, configList: [good, good] })).problems;
    expect(problem?.message).toContain('which nodes[0].configList[0] already defines');
  });

  it('and reports every problem of all entries at once', () => {
    const document = {
      configList: [{}],
      nodes: [
        { configList: [{ ...good, rdmaHcaMax: 226_601 }] },
        { match, configList: [{ ...good, resourceName: '-' }] },
      ],
    };
    expect(findingsIn(document).problems).toEqual([
      'CONFIG_RESOURCE_NAME_MISSING configList[0].resourceName',
      'CONFIG_SELECTORS_MISSING configList[0]',
      'CONFIG_NODE_MATCH_MISSING nodes[0].match',
      'CONFIG_SHARES_TOO_MANY nodes[0].configList[0].rdmaHcaMax',
      'CONFIG_RESOURCE_NAME_INVALID nodes[1].configList[0].resourceName',
    ]);
  });
});

describe('validateSettings warns about an entry of nodes', () => {
  const never = (change: NodeMatchDocument): SettingsDocument => withEntry({ match: change, setLinksUp: true });
  it.each<[string, SettingsDocument, string]>([
    ['that changes nothing', withEntry({ match, configList: [], remove: [] }), 'CONFIG_NODE_ENTRY_EMPTY nodes[0]'],
    [
      'with a name in capitals',
      never({ names: ['gpu-1', 'GPU-1'] }),
      'CONFIG_NODE_MATCH_IMPOSSIBLE nodes[0].match.names[1]',
    ],
    [
      'with a long interval',
      withEntry({ match, periodicUpdateInterval: 2_147_484 }),
      `CONFIG_INTERVAL_TOO_LONG nodes[0].periodicUpdateInterval`,
    ],
    ['with an empty name', never({ names: [''] }), 'CONFIG_NODE_MATCH_IMPOSSIBLE nodes[0].match.names[0]'],
    [
      'with an invalid label key',
      never({ labels: { 'a b': 'c' } }),
      'CONFIG_NODE_MATCH_IMPOSSIBLE nodes[0].match.labels["a b"]',
    ],
    [
      'with an invalid label value',
      never({ labels: { a: 'b c' } }),
      'CONFIG_NODE_MATCH_IMPOSSIBLE nodes[0].match.labels.a',
    ],
    [
      'that removes a resource that the document does not have',
      withEntry({ match, remove: ['rdma/a', 'a'] }),
      'CONFIG_REMOVE_NO_MATCH nodes[0].remove[1]',
    ],
  ])('%s', (_, document, remark) => {
    expect(findingsIn(document)).toEqual({ problems: [], warnings: [remark] });
  });

  it.each<[string, NodeEntryDocument]>([
    [
      'with label keys of any prefix',
      {
        match: {
          labels: { gpu: '', 'nvidia.com/gpu.product': 'NVIDIA-H100-*', 'node-role.kubernetes.io/worker': '*' },
        },
        setLinksUp: true,
      },
    ],
    ['that removes what another entry adds', { match, remove: ['x.org/b'] }],
    ['with patterns in names', { match: { names: ['gpu-[0-9][!0-9]?.example.com'] }, remove: ['*'] }],
  ])('but not about one %s', (_, entry) => {
    expect(
      findingsIn(withEntry({ match, configList: [{ ...good, resourceName: 'b', resourcePrefix: 'x.org' }] }, entry)),
    ).toEqual({ problems: [], warnings: [] });
  });
});

describe('an entry of nodes', () => {
  it.each<[string, NodeEntryDocument | null]>([
    ['as a whole', null],
    ['in its match', { match: null, remove: [null] }],
    ['in its names', { match: { names: null }, remove: null }],
    ['in its labels', { match: { labels: { gpu: null } }, setLinksUp: null }],
    ['in its resources', { match, configList: null, remove: ['no-such-resource'] }],
  ])('that is rejected %s has no further findings', (_, entry) => {
    const document = { configList: [good], nodes: [entry] };
    expect(validateSettings(document)).toEqual({ settings: null, problems: [], warnings: [] });
  });

  it('may have the only resources, so that the document needs none', () => {
    expect(findingsIn({ nodes: [{ match, configList: [good] }] })).toEqual({ problems: [], warnings: [] });
    expect(findingsIn({ nodes: [{ match, setLinksUp: true }] }).problems).toEqual(['CONFIG_NO_RESOURCES configList']);
  });
});
