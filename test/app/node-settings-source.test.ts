// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { NodeSettingsSource } from '#app/node-settings-source.ts';
import type { NodeEntryDocument } from '#domain/settings/document.ts';
import { validateSettings } from '#domain/settings/validate-settings.ts';
import type { ConfigReading } from '#ports/config-source.ts';
import { HeldConfigSource } from '../support/held-config-source.ts';
import { HeldNodeLabels, noLabelsYet } from '../support/held-node-labels.ts';

const match = { names: ['gpu-*'] };

function good(...nodes: readonly NodeEntryDocument[]): ConfigReading {
  const { settings, warnings } = validateSettings({
    configList: [{ resourceName: 'a', rdmaHcaMax: 1, selectors: { vendors: ['15b3'] } }],
    nodes,
  });
  if (settings === null) throw new Error('a test needs good settings');
  return { valid: true, settings, warnings };
}

function over(reading: ConfigReading, nodeName: string | null = 'gpu-17') {
  const source = new HeldConfigSource(reading);
  const labels = new HeldNodeLabels();
  return { source, labels, own: new NodeSettingsSource({ configSource: source, nodeName, nodeLabels: labels }) };
}

describe('the settings of this node', () => {
  it('are those of the document and of the entries that match, which are named', async () => {
    const { own } = over(good({ match: { names: ['cpu-*'] }, setLinksUp: true }, { match, periodicUpdateInterval: 7 }));
    expect(await own.read()).toMatchObject({
      valid: true,
      settings: { setLinksUp: false, periodicUpdateInterval: 7 },
      nodeEntries: ['nodes[1]'],
    });
  });

  it('have nothing of the other nodes', async () => {
    const reading = await over(good({ match, setLinksUp: true })).own.read();
    expect(reading.valid && Object.keys(reading.settings).toSorted()).toEqual([
      'periodicUpdateInterval',
      'resources',
      'setLinksUp',
    ]);
  });

  it('go without a name while no entry asks for one', async () => {
    expect(await over(good(), null).own.read()).toMatchObject({ valid: true, nodeEntries: [] });
  });

  it('are refused without a name where an entry asks for one, with what to write', async () => {
    const reading = await over(
      good({ match: { labels: { a: 'b' } }, setLinksUp: true }, { match, setLinksUp: true }),
      null,
    ).own.read();
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

  it('are refused where the source refuses them, and nobody asks for labels', async () => {
    const { own, labels } = over({ valid: false, retryable: true, problems: [], warnings: [] });
    expect(await own.read()).toMatchObject({ valid: false, retryable: true });
    expect(labels.reads).toBe(0);
  });
});

describe('the labels of the node', () => {
  const byLabel = { match: { labels: { gpu: 'h100' } }, setLinksUp: true };

  it('are asked for only where an entry may want them', async () => {
    const { own, labels, source } = over(
      good({ match: { names: ['cpu-*'], labels: { gpu: 'h100' } }, setLinksUp: true }),
    );
    labels.hold({ gpu: 'h100' });
    const stop = own.watch(() => {});
    await own.read();
    expect([labels.reads, labels.watchers]).toEqual([0, 0]);
    source.become(good(byLabel));
    expect(await own.read()).toMatchObject({ settings: { setLinksUp: true } });
    expect([labels.reads, labels.watchers]).toEqual([1, 1]);
    source.become(good());
    await own.read();
    expect([labels.reads, labels.watchers]).toEqual([1, 0]);
    stop();
  });

  it('are followed: a change is a hint, and then in force', async () => {
    const { own, labels } = over(good(byLabel));
    labels.hold({ gpu: 'a100' });
    let hints = 0;
    const stop = own.watch(() => {
      hints += 1;
    });
    expect(await own.read()).toMatchObject({ settings: { setLinksUp: false }, nodeEntries: [] });
    labels.hold({ gpu: 'h100' });
    expect(hints).toBe(1);
    expect(await own.read()).toMatchObject({ settings: { setLinksUp: true }, nodeEntries: ['nodes[0]'] });
    stop();
    expect(labels.watchers).toBe(0);
    labels.hold({ gpu: 'b200' });
    expect(hints).toBe(1);
  });

  it('that cannot be read make the settings so, with the same reason', async () => {
    const { own } = over(good(byLabel));
    expect(await own.read()).toEqual({ valid: false, retryable: true, problems: [noLabelsYet.problem], warnings: [] });
  });
});
