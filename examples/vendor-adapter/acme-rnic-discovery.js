// SPDX-License-Identifier: Apache-2.0
// Discovers the RNICs that Acme's agent lists in /run/acme-rnic/cards.json. It imports only the plugin's types, so it has
// no dependencies at run time.
import { readFile, stat } from 'node:fs/promises';
import { watch } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @typedef {import('rdma-shared-device-plugin/discovery').Hca} Hca
 * @typedef {import('rdma-shared-device-plugin/discovery').Problem} Problem
 * @typedef {import('rdma-shared-device-plugin/discovery').DeviceNode} DeviceNode
 * @typedef {{ name: string, slot: string | null, numa: number | null, index: number, netdev: string, link: 'up' | 'down' }} Card
 */

/** @type {import('rdma-shared-device-plugin/discovery').CreateDiscovery} */
export function createDiscovery({ hostRoot }) {
  const list = join(hostRoot, 'run/acme-rnic/cards.json');
  return {
    discovery: { scan: () => scan(hostRoot, list) },
    hints: {
      watch: (onHint) => {
        const watcher = watch(dirname(list), { persistent: false }, () => onHint());
        watcher.on('error', () => watcher.close());
        return () => watcher.close();
      },
    },
  };
}

/** @param {string} hostRoot @param {string} list */
async function scan(hostRoot, list) {
  const cards = await readCards(list);
  const results = await Promise.all(cards.map((card) => inspect(card, hostRoot)));
  results.sort((a, b) => a.hca.name.localeCompare(b.hca.name, 'en', { numeric: true }));
  return freeze({
    hcas: results.map(({ hca }) => hca),
    netnsMode: null,
    problems: results.flatMap(({ problems }) => problems),
  });
}

/** @param {string} list @returns {Promise<Card[]>} */
async function readCards(list) {
  try {
    return JSON.parse(await readFile(list, 'utf8')).cards;
  } catch (cause) {
    throw withProblem({
      code: 'ACME_CARDS_NOT_FOUND',
      actor: 'operator',
      subject: list,
      message: `The list of Acme's agent, ${list}, cannot be read: ${cause}`,
      remedy: 'Start acme-rnic-agent on the node, and mount the host path /run.',
    });
  }
}

/** @param {Card} card @param {string} hostRoot */
async function inspect(card, hostRoot) {
  /** @type {DeviceNode[]} */
  const expected = [
    { kind: 'uverbs', path: `/dev/infiniband/uverbs${card.index}`, port: null },
    { kind: 'umad', path: `/dev/infiniband/umad${card.index}`, port: 1 },
    { kind: 'rdma_cm', path: '/dev/infiniband/rdma_cm', port: null },
  ];
  const exists = await Promise.all(
    expected.map(({ path }) =>
      stat(join(hostRoot, path)).then(
        () => true,
        () => false,
      ),
    ),
  );
  const problems = expected.filter((_, index) => !exists[index]).map(({ path }) => missingNode(card.name, path));
  return {
    hca: hcaOf(
      card,
      expected.filter((_, index) => exists[index]),
    ),
    problems,
  };
}

/** @param {Card} card @param {DeviceNode[]} deviceNodes @returns {Hca} */
function hcaOf({ name, slot, numa, netdev, link }, deviceNodes) {
  const pci =
    slot === null
      ? null
      : {
          address: slot,
          vendor: 'ac3e',
          deviceId: '0100',
          classCode: '020000',
          functionKind: /** @type {const} */ ('pf'),
          physicalFunction: null,
        };
  const up = link === 'up';
  return {
    name,
    nodeType: 'CA',
    nodeGuid: null,
    firmware: null,
    board: null,
    pci,
    subfunction: null,
    managementOnly: false,
    driver: pci && 'acme_rnic',
    rdmaDriver: pci && 'acme_rnic',
    numaNode: numa,
    ports: [
      {
        number: 1,
        state: up ? 'ACTIVE' : 'DOWN',
        physState: null,
        linkLayer: 'Ethernet',
        rate: null,
        netdevs: [netdev],
      },
    ],
    netdevs: [{ name: netdev, linkType: 'ether', up: true }],
    deviceNodes,
  };
}

/** @param {string} hca @param {string} path @returns {Problem} */
function missingNode(hca, path) {
  return {
    code: 'DEVICE_NODE_MISSING',
    actor: 'node',
    subject: hca,
    message: `The device node ${path} of ${hca} does not exist.`,
    remedy: 'Load the kernel module on the node: modprobe acme_rnic.',
  };
}

/** The plugin reports an error's `problems` unchanged, with the name of this module. @param {Problem} problem */
function withProblem(problem) {
  return Object.assign(new Error(problem.message), { problems: [problem] });
}

/** @template T @param {T} value @returns {T} */
function freeze(value) {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}
