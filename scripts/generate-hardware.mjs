// SPDX-License-Identifier: Apache-2.0
// Generates the tables of docs/hardware.md from the hosts of test/families.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { splice } from './generate-docs.mjs';
import { loadBundled } from './generate-settings.mjs';

/** @typedef {import('../test/families/family.ts').Family} Family */
/** @typedef {import('../test/families/family.ts').FamilyHost} FamilyHost */

const page = 'docs/hardware.md';

/**
 * Returns docs/hardware.md with up-to-date generated parts. Does not write it.
 * @param {string} root the repository
 * @returns {Promise<Array<{path: string, content: string}>>} paths from the root
 */
export async function generateHardware(root) {
  const { families } = await loadBundled(root, 'test/families/families.ts');
  const text = await readFile(join(root, page), 'utf8');
  const withTable = splice(text, 'families', table(families));
  return [{ path: page, content: splice(withTable, 'settings', families.map(settings).join('\n')) }];
}

/** @param {readonly Family[]} families */
function table(families) {
  const rows = families.flatMap(({ name, hosts }) =>
    hosts.map((host, index) => row(index === 0 ? `**${name}**` : '', host)),
  );
  const head = [
    'Hardware',
    'Variant',
    'Drivers: PCI, RDMA',
    'What works',
    'A container gets',
    'Has what upstream requires',
    'Evidence',
  ];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/**
 * @param {string} name
 * @param {FamilyHost} host
 */
function row(name, host) {
  const first = host.found.find((hca) => hca.name === host.offer.hcas[0]);
  const [driver, rdmaDriver] = (first?.drivers ?? '- -').split(' ');
  return [
    name,
    host.title,
    drivers(driver, rdmaDriver),
    host.works,
    nodes(host),
    upstream(host),
    host.basis === 'capture' ? 'a real kernel' : 'kernel sources',
  ];
}

/**
 * @param {string | undefined} driver
 * @param {string | undefined} rdmaDriver
 */
function drivers(driver, rdmaDriver) {
  const words = [driver, rdmaDriver].filter((word) => word !== undefined && word !== '-');
  return words.length === 0 ? '?' : [...new Set(words)].map((word) => `\`${word}\``).join(', ');
}

/** Returns the kinds of the device nodes without their numbers, which differ between hosts. @param {FamilyHost} host */
function nodes({ offer }) {
  const kinds = offer.nodes.map((node) =>
    node.startsWith('infiniband/') ? node.replace('infiniband/', '').replace(/\d+$/, '') : `/dev/${node}`,
  );
  return [...new Set(kinds)].map((kind) => `\`${kind}\``).join(' ');
}

/** Returns whether upstream accepts the HCAs, according to its rule for device nodes. @param {FamilyHost} host */
function upstream({ offer, strict }) {
  if (strict.length === 0) return 'no';
  return strict.length === offer.hcas.length ? 'yes' : 'in part';
}

/** @param {Family} family */
function settings({ name, hosts }) {
  return `### ${name}\n\n${hosts.map(settingsOfHost).join('\n')}`;
}

/** @param {FamilyHost} host */
function settingsOfHost({ title, notes, resource, offer }) {
  const shares = `${offer.shares} ${offer.shares === 1 ? 'share' : 'shares'} (${offer.hcas.join(', ')})`;
  const about = notes === '' ? '' : `${notes} `;
  return `- **${title}.** ${about}On the test host this yields ${shares}.\n\n  \`\`\`json\n  ${resource}\n  \`\`\`\n`;
}
