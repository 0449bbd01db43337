// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { FakeHost } from '#adapters/discovery/fake/host.ts';
import { parseFakeHcas } from '#adapters/discovery/fake/parse-hcas.ts';
import { parseYaml } from '#adapters/settings/document/parse-yaml.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { plan } from '#domain/offer/plan.ts';
import { readSettings } from '../adapters/settings/read-settings.ts';
import { countHealthy } from '#domain/offer/share.ts';
import { initialSettings } from '../../src/commands/init.ts';

const root = new URL('../../', import.meta.url);
const nodes = readdirSync(new URL('examples/nodes', root)).filter((file) => file.endsWith('.yaml'));

function textOf(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** A JSON block of the README, and what the sentence below it promises for one of the example nodes. */
interface ReadmePromise {
  readonly node: string;
  readonly settings: string;
  readonly offers: readonly (readonly [resource: string, shares: number, hcas: string])[];
}

const promises: readonly ReadmePromise[] = [
  ...textOf('README.md').matchAll(/```json\n([^`]+)```\n\nOn the node `([^`]+)` this yields (.+)\.\n/g),
].map(([, settings = '', node = '', yields = '']) => ({
  node,
  settings,
  offers: [...yields.matchAll(/(\d+) shares of `([^`]+)` \(([^)]+)\)/g)].map(
    ([, shares, resource = '', hcas = '']) => [resource, Number(shares), hcas] as const,
  ),
}));

async function inventoryOf(node: string): Promise<Inventory> {
  const reading = await parseFakeHcas(textOf(`examples/nodes/${node}.yaml`), parseYaml);
  if (reading.hardware === null) throw new Error(JSON.stringify(reading.problems));
  const host = new FakeHost();
  host.replace(reading.hardware);
  return host.inventory();
}

describe('the first settings in README.md', () => {
  it('cover every example node once', () => {
    const proposed = [...textOf('README.md').matchAll(/ init --fake-hcas examples\/nodes\/(\S+)/g)];
    const covered = [...promises.map(({ node }) => `${node}.yaml`), ...proposed.map(([, file = '']) => file)];
    expect(covered.toSorted()).toEqual(nodes.toSorted());
  });

  it('are proposed by init for the rails and the bond of an example node', async () => {
    const inventory = await inventoryOf('eight-rails-and-bond');
    const reading = await readSettings(initialSettings(inventory));
    if (!reading.valid) throw new Error(JSON.stringify(reading.problems));
    const { offers } = plan(reading.settings, inventory);
    expect(offers.map(({ resource, hcas }) => [resource, hcas.length])).toEqual([
      ['rdma/ib', 8],
      ['rdma/roce_bond', 1],
    ]);
  });

  it.each(promises)(
    'on $node: yield the shares that the sentence below them states',
    async ({ node, settings, offers }) => {
      const reading = await readSettings(settings);
      if (!reading.valid) throw new Error(JSON.stringify(reading.problems));
      const { offers: planned, problems } = plan(reading.settings, await inventoryOf(node));
      const healthy = planned.map(({ resource, shares, hcas }) => [
        resource,
        countHealthy(shares),
        hcas.map(({ name }) => name).join(', '),
      ]);
      expect(problems).toEqual([]);
      expect(healthy).toEqual(offers);
    },
  );
});
