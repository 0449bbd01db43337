// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { NodeEntryDocument, NodeMatchDocument, SettingsDocument } from '#domain/settings/document.ts';
import { validateSettings } from '#domain/settings/validate-settings.ts';

const good = { resourceName: 'a', rdmaHcaMax: 10, selectors: { vendors: ['15b3'] } };
const match = { names: ['gpu-*'] };

function withEntry(...nodes: readonly NodeEntryDocument[]): SettingsDocument {
  return { configList: [good], nodes };
}

function told(
  document: SettingsDocument,
  unreadable: readonly string[] = [],
): { problems: readonly string[]; warnings: readonly string[] } {
  const { problems, warnings } = validateSettings(document, (path) => unreadable.includes(path));
  const [wrong = [], odd = []] = [problems, warnings].map((list) =>
    list.map(({ code, subject }) => `${code} ${subject}`),
  );
  return { problems: wrong, warnings: odd };
}

describe('an entry of nodes is refused', () => {
  it.each<[string, SettingsDocument, string]>([
    ['without match', withEntry({ setLinksUp: true }), 'CONFIG_NODE_MATCH_MISSING nodes[0].match'],
    [
      'with an empty match',
      withEntry({ match: { names: [], labels: {} }, setLinksUp: true }),
      'CONFIG_NODE_MATCH_MISSING nodes[0].match',
    ],
    [
      'with a bad resource, by its path',
      withEntry({ match, setLinksUp: true }, { match, configList: [{ ...good, rdmaHcaMax: -1 }] }),
      'CONFIG_SHARES_NEGATIVE nodes[1].configList[0].rdmaHcaMax',
    ],
    [
      'with a bad interval',
      withEntry({ match, periodicUpdateInterval: -1 }),
      'CONFIG_INTERVAL_NEGATIVE nodes[0].periodicUpdateInterval',
    ],
    [
      'with one resource twice',
      withEntry({ match, configList: [good, good] }),
      'CONFIG_RESOURCE_NAME_DUPLICATE nodes[0].configList[1].resourceName',
    ],
    [
      'though it matches no node that there is',
      withEntry({ match: { names: ['no-such-node'] }, configList: [{ ...good, resourceName: 'a b' }] }),
      'CONFIG_RESOURCE_NAME_INVALID nodes[0].configList[0].resourceName',
    ],
  ])('%s', (_, document, complaint) => {
    expect(told(document).problems).toEqual([complaint]);
    expect(validateSettings(document).settings).toBeNull();
  });

  it('with what it makes twice, named by where it stands first', () => {
    const [problem] = validateSettings(withEntry({ match, configList: [good, good] })).problems;
    expect(problem?.message).toContain('which nodes[0].configList[0] makes already');
  });

  it('with every problem of all entries at once', () => {
    const document = {
      configList: [{}],
      nodes: [{ configList: [{ ...good, rdmaHcaMax: -1 }] }, { match, periodicUpdateInterval: -1 }],
    };
    expect(told(document).problems).toEqual([
      'CONFIG_RESOURCE_NAME_MISSING configList[0].resourceName',
      'CONFIG_SELECTORS_MISSING configList[0]',
      'CONFIG_NODE_MATCH_MISSING nodes[0].match',
      'CONFIG_SHARES_NEGATIVE nodes[0].configList[0].rdmaHcaMax',
      'CONFIG_INTERVAL_NEGATIVE nodes[1].periodicUpdateInterval',
    ]);
  });
});

describe('an entry of nodes is warned about', () => {
  const never = (change: NodeMatchDocument): SettingsDocument => withEntry({ match: change, setLinksUp: true });
  it.each<[string, SettingsDocument, string]>([
    ['that changes nothing', withEntry({ match, configList: [], remove: [] }), 'CONFIG_NODE_ENTRY_EMPTY nodes[0]'],
    [
      'with a name in capitals',
      never({ names: ['gpu-1', 'GPU-1'] }),
      'CONFIG_NODE_MATCH_IMPOSSIBLE nodes[0].match.names[1]',
    ],
    ['with an empty name', never({ names: [''] }), 'CONFIG_NODE_MATCH_IMPOSSIBLE nodes[0].match.names[0]'],
    [
      'with a key that no label has',
      never({ labels: { 'a b': 'c' } }),
      'CONFIG_NODE_MATCH_IMPOSSIBLE nodes[0].match.labels["a b"]',
    ],
    [
      'with a value that no label has',
      never({ labels: { a: 'b c' } }),
      'CONFIG_NODE_MATCH_IMPOSSIBLE nodes[0].match.labels.a',
    ],
    [
      'that removes what no part of the document makes',
      withEntry({ match, remove: ['rdma/a', 'a'] }),
      'CONFIG_REMOVE_NO_MATCH nodes[0].remove[1]',
    ],
  ])('%s', (_, document, remark) => {
    expect(told(document)).toEqual({ problems: [], warnings: [remark] });
  });

  it.each<[string, NodeEntryDocument]>([
    [
      'with keys of any prefix',
      {
        match: {
          labels: { gpu: '', 'nvidia.com/gpu.product': 'NVIDIA-H100-*', 'node-role.kubernetes.io/worker': '*' },
        },
        setLinksUp: true,
      },
    ],
    ['that removes what another entry adds', { match, remove: ['x.org/b'] }],
    ['with patterns in names', { match: { names: ['gpu-[0-9][!0-9]?.example.com'] }, remove: ['*'] }],
  ])('but not one %s', (_, entry) => {
    expect(
      told(withEntry({ match, configList: [{ ...good, resourceName: 'b', resourcePrefix: 'x.org' }] }, entry)),
    ).toEqual({ problems: [], warnings: [] });
  });
});

describe('an entry of nodes', () => {
  it('is left alone where it could not be read', () => {
    expect(told(withEntry({}), ['nodes[0]'])).toEqual({ problems: [], warnings: [] });
    expect(validateSettings(withEntry({}), (path) => path === 'nodes[0]').settings).toBeNull();
    expect(told(withEntry({ remove: [''] }), ['nodes[0].match', 'nodes[0].remove[0]'])).toEqual({
      problems: [],
      warnings: [],
    });
  });

  it('may have the only resources, and then the document needs none', () => {
    expect(told({ nodes: [{ match, configList: [good] }] })).toEqual({ problems: [], warnings: [] });
    expect(told({ nodes: [{ match, setLinksUp: true }] }).problems).toEqual(['CONFIG_NO_RESOURCES configList']);
  });
});
