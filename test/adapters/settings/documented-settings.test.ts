// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type NodeSettings, settingsFor } from '#domain/settings/for-node.ts';
import type { ClusterSettings } from '#domain/settings/settings.ts';
import { readSettings } from './read-settings.ts';

interface Example {
  readonly place: string;
  readonly language: string;
  readonly text: string;
  /** The text between it and the next block of code. */
  readonly after: string;
}

function examplesOf(file: string): readonly Example[] {
  const parts = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8').split(/^ *```/m);
  const blocks = parts.flatMap((part, index) => {
    const [, language = '', text = ''] = /^(\w*)\n([^]*)$/.exec(part) ?? [];
    return index % 2 === 1
      ? [{ place: `${file}, block ${(index + 1) / 2}`, language, text, after: parts[index + 1] ?? '' }]
      : [];
  });
  return blocks.filter(({ text }) => /^\s*(\{ )?"?(configList|nodes)"?:/m.test(text));
}

const examples = ['README.md', 'docs/configuration.md'].flatMap(examplesOf);

async function clusterOf({ language, text }: Example): Promise<ClusterSettings> {
  const reading = await readSettings(text, `config.${language}`);
  if (!reading.valid) throw new Error(JSON.stringify(reading.problems));
  expect(reading.warnings).toEqual([]);
  return reading.settings;
}

/** The rows of the table of nodes in a text: name, labels, resources with their shares, entries. */
function nodesIn(text: string): readonly (readonly [string, string, string, string])[] {
  const [, table = ''] = /^\| Node \| Its labels \|.*\n((?:\|.*\n)*)/m.exec(text) ?? [];
  const rows = [...table.matchAll(/^\| `([^`]+)` \| ?(.*?) ?\| ?(.*?) ?\| ?(.*?) ?\|$/gm)];
  return rows.map(([, name = '', labels = '', resources = '', entries = '']) => [name, labels, resources, entries]);
}

function shown({ settings, entries }: NodeSettings): readonly [string, string] {
  const resources = settings.resources.map(({ name, rdmaHcaMax }) => `\`${name}\` ${rdmaHcaMax}`);
  return [resources.join(', '), entries.map((entry) => `\`${entry}\``).join(', ')];
}

describe('the settings in the documentation', () => {
  it('exist in the expected files', () => {
    expect(examples.map(({ place }) => place.split(',')[0])).toEqual([
      'README.md',
      'README.md',
      'README.md',
      'docs/configuration.md',
      'docs/configuration.md',
    ]);
  });

  it.each(examples)('$place: load without a warning', async (example) => {
    expect((await clusterOf(example)).resources).not.toEqual([]);
  });

  const rows = examples.flatMap((example) => nodesIn(example.after).map((row) => ({ example, node: row[0], row })));

  it('have tables for these nodes', () => {
    expect(rows.map(({ node }) => node)).toEqual([
      'cpu-1',
      'gpu-17',
      'storage-3',
      'storage-7',
      'gpu-17',
      'gpu-18',
      'gpu-19',
      'cpu-1',
    ]);
  });

  it.each(rows)(
    '$example.place: $node has the settings of its row',
    async ({ example, row: [name, labels, resources, entries] }) => {
      const pairs = [...labels.matchAll(/`([^=`]+)=([^`]*)`/g)].map(
        ([, key = '', value = '']): readonly [string, string] => [key, value],
      );
      expect(shown(settingsFor(await clusterOf(example), { name, labels: new Map(pairs) }))).toEqual([
        resources,
        entries,
      ]);
    },
  );
});
