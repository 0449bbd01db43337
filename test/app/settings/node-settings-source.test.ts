// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { NodeSettingsSource } from '#app/settings/node-settings-source.ts';
import type { NodeEntryDocument } from '#domain/settings/document.ts';
import { validateSettings } from '#domain/settings/validation/settings.ts';
import type { ConfigReading } from '#ports/config-source.ts';
import { HeldConfigSource } from '../../support/held-config-source.ts';
import { HeldNodeLabels, noLabelsYet } from '../../support/held-node-labels.ts';

const match = { names: ['gpu-*'] };

function valid(...nodes: readonly NodeEntryDocument[]): ConfigReading {
  const { settings, warnings } = validateSettings({
    configList: [{ resourceName: 'a', rdmaHcaMax: 1, selectors: { vendors: ['15b3'] } }],
    nodes,
  });
  if (settings === null) throw new Error('the settings of this test are invalid');
  return { valid: true, settings, warnings };
}

function over(reading: ConfigReading, nodeName: string | null = 'gpu-17') {
  const configSource = new HeldConfigSource(reading);
  const labels = new HeldNodeLabels();
  return { configSource, labels, source: new NodeSettingsSource({ configSource, nodeName, nodeLabels: labels }) };
}

describe('NodeSettingsSource', () => {
  it('returns the settings of the document and of the matching entries, and the paths of those', async () => {
    const { source } = over(
      valid({ match: { names: ['cpu-*'] }, setLinksUp: true }, { match, periodicUpdateInterval: 7 }),
    );
    expect(await source.read()).toMatchObject({
      valid: true,
      settings: { setLinksUp: false, periodicUpdateInterval: 7 },
      nodeEntries: ['nodes[1]'],
    });
  });

  it('returns nothing about other nodes', async () => {
    const reading = await over(valid({ match, setLinksUp: true })).source.read();
    expect(reading.valid && Object.keys(reading.settings).toSorted()).toEqual([
      'periodicUpdateInterval',
      'resources',
      'setLinksUp',
    ]);
  });

  it('warns about resources of other nodes that the kubelet would reject, and returns those of this node', async () => {
    const bad = { rdmaHcaMax: 1, selectors: { vendors: ['15b3'] } };
    const { source } = over(
      valid(
        { match: { names: ['cpu-*'] }, configList: [{ ...bad, resourceName: 'b_' }] },
        { match, configList: [{ ...bad, resourceName: 'c_' }] },
      ),
    );
    expect(await source.read()).toMatchObject({
      valid: true,
      settings: { resources: [{ name: 'rdma/a' }] },
      rejected: [{ name: 'rdma/c_' }],
      warnings: [{ subject: 'nodes[0].configList[0].resourceName' }],
    });
  });

  it('needs no node name if no entry matches by name', async () => {
    expect(await over(valid(), null).source.read()).toMatchObject({ valid: true, nodeEntries: [] });
  });

  it('rejects entries that match by name if the node name is not set, with a remedy', async () => {
    const reading = await over(
      valid({ match: { labels: { a: 'b' } }, setLinksUp: true }, { match, setLinksUp: true }),
      null,
    ).source.read();
    expect(reading).toMatchObject({
      valid: false,
      retryable: false,
      problems: [
        {
          code: 'NODE_NAME_NOT_SET',
          subject: 'nodes[1].match.names',
          remedy: expect.stringContaining('fieldPath: spec.nodeName'),
        },
      ],
    });
  });

  it('returns an invalid reading of the source and reads no labels', async () => {
    const { source, labels } = over({ valid: false, retryable: true, problems: [], warnings: [] });
    expect(await source.read()).toMatchObject({ valid: false, retryable: true });
    expect(labels.reads).toBe(0);
  });
});

describe('NodeSettingsSource with node labels', () => {
  const byLabel = { match: { labels: { gpu: 'h100' } }, setLinksUp: true };

  it('reads and watches labels only while an entry needs them', async () => {
    const { source, labels, configSource } = over(
      valid({ match: { names: ['cpu-*'], labels: { gpu: 'h100' } }, setLinksUp: true }),
    );
    labels.hold({ gpu: 'h100' });
    const stop = source.watch(() => {});
    await source.read();
    expect([labels.reads, labels.watchers]).toEqual([0, 0]);
    configSource.become(valid(byLabel));
    expect(await source.read()).toMatchObject({ settings: { setLinksUp: true } });
    expect([labels.reads, labels.watchers]).toEqual([1, 1]);
    configSource.become(valid());
    await source.read();
    expect([labels.reads, labels.watchers]).toEqual([1, 0]);
    stop();
  });

  it('hints when the labels change, and returns the settings for the new ones', async () => {
    const { source, labels } = over(valid(byLabel));
    labels.hold({ gpu: 'a100' });
    let hints = 0;
    const stop = source.watch(() => {
      hints += 1;
    });
    expect(await source.read()).toMatchObject({ settings: { setLinksUp: false }, nodeEntries: [] });
    labels.hold({ gpu: 'h100' });
    expect(hints).toBe(1);
    expect(await source.read()).toMatchObject({ settings: { setLinksUp: true }, nodeEntries: ['nodes[0]'] });
    stop();
    expect(labels.watchers).toBe(0);
    labels.hold({ gpu: 'b200' });
    expect(hints).toBe(1);
  });

  it('returns the problem of labels that cannot be read', async () => {
    const { source } = over(valid(byLabel));
    expect(await source.read()).toEqual({
      valid: false,
      retryable: true,
      problems: [noLabelsYet.problem],
      warnings: [],
    });
  });
});
