// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModule } from 'rdma-shared-device-plugin/testing';
import { createDiscovery } from '../acme-rnic-discovery.js';

/**
 * Makes a host with Acme's agent, in a temporary directory.
 * @returns {Promise<import('rdma-shared-device-plugin/testing').HintedWorld>}
 */
export async function acmeHost() {
  const root = mkdtempSync(join(tmpdir(), 'acme-host-'));
  const nodes = join(root, 'dev/infiniband');
  const list = join(root, 'run/acme-rnic/cards.json');
  /** @type {Map<string, import('../acme-rnic-discovery.js').Card>} */
  const cards = new Map();
  let nextIndex = 0;
  mkdirSync(nodes, { recursive: true });
  mkdirSync(join(root, 'run/acme-rnic'), { recursive: true });
  writeFileSync(join(nodes, 'rdma_cm'), '');
  const save = () => writeFileSync(list, JSON.stringify({ cards: [...cards.values()] }));
  save();
  const { discovery, hints } = await loadModule(createDiscovery, { hostRoot: root });
  /** @param {string} name */
  const card = (name) => {
    const found = cards.get(name);
    if (found === undefined) throw new Error(`unknown card ${name}`);
    return found;
  };
  return {
    discovery,
    hints,
    // What is absent here is as of a ConnectX-6 Dx: one Ethernet port with a netdev; uverbs, umad and rdma_cm.
    hardware: { driver: 'acme_rnic', vendor: 'ac3e', deviceId: '0100', nameOf: (index) => `acme_${index}` },
    add: async ({ name, soft }) => {
      const index = nextIndex++;
      for (const kind of ['uverbs', 'umad']) writeFileSync(join(nodes, kind + index), '');
      const slot = soft ? null : `0000:${(16 + index).toString(16)}:00.0`;
      cards.set(name, { name, slot, numa: soft ? null : 0, index, netdev: `acme${index}`, link: 'up' });
      save();
    },
    remove: async (name) => {
      cards.delete(card(name).name);
      save();
    },
    breakHca: async (name) => rmSync(join(nodes, `uverbs${card(name).index}`)),
    setPortState: async (name, state) => {
      card(name).link = state === 'ACTIVE' ? 'up' : 'down';
      save();
    },
    lose: async () => rmSync(list),
    close: async () => rmSync(root, { recursive: true }),
  };
}
