// SPDX-License-Identifier: Apache-2.0
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import { type ProposedResource, proposeResources, proposedShares } from '#domain/proposal/propose.ts';
import { firstOf } from '#domain/text/first-of.ts';
import { escapeControls } from '#domain/text/printable.ts';

const hcasShown = 16;

/** Returns settings for the hardware of a node, for `init`: YAML with comments. */
export function initialSettings({ hcas }: Inventory): string {
  const proposed = proposeResources(hcas);
  const left = hcas.filter((hca) => !proposed.some((resource) => resource.hcas.includes(hca)));
  const lines = [
    '# Settings for rdma-shared-dp, made for the HCAs of this node. Check what they do: rdma-shared-dp explain',
    ...(proposed.length === 0 ? noHcas : ['configList:', ...commentedOnce(proposed.flatMap(resourceLines))]),
    ...(left.length === 0
      ? []
      : [`# Left out, as management or soft devices: ${firstOf(left.map(labelOf), hcasShown)}`]),
  ];
  return `${lines.map(escapeControls).join('\n')}\n`;
}

const noHcas = [
  '# This node has no RDMA device. The example offers all HCAs of one vendor, by its PCI id.',
  'configList:',
  '  - resourceName: hca',
  `    rdmaHcaMax: ${proposedShares.pool}`,
  '    selectors: { vendors: ["15b3"] }',
];

function resourceLines({ resourceName, hcas, selectors, exclude, perDevice }: ProposedResource): readonly string[] {
  return [
    ...hcas.slice(0, hcasShown).map((hca) => `  # ${labelOf(hca)}`),
    ...(hcas.length > hcasShown ? [`  # and ${hcas.length - hcasShown} more`] : []),
    `  - resourceName: ${resourceName}`,
    ...(perDevice
      ? [
          '    # A share gives one HCA, and several shares give several. Without "sharing", a share gives all.',
          '    sharing: device',
          '    # Shares of each HCA: 1 if each pod must have its HCAs for itself.',
          `    rdmaHcaMax: ${proposedShares.perDevice}`,
          '    # Tells containers the names of their HCAs.',
          '    env: true',
        ]
      : ['    # How many pods can share the HCA.', `    rdmaHcaMax: ${proposedShares.pool}`]),
    `    selectors: ${flow(selectors)}`,
    ...(exclude === null ? [] : [`    exclude: ${flow(exclude)}`]),
    '    # A share without an active port is unhealthy. The default is to offer it all the same.',
    '    health: { linkDown: unhealthy }',
    '    # No umad and issm, with which a pod can manage and disturb an InfiniBand fabric.',
    '    deviceNodes: { optional: [rdma_cm] }',
  ];
}

/** Leaves out comments on keys that stand above already. */
function commentedOnce(lines: readonly string[]): readonly string[] {
  return lines.filter((line, index) => !line.startsWith('    #') || lines.indexOf(line) === index);
}

/** In YAML's flow style, which is JSON but for the keys. */
function flow(selector: object): string {
  const pairs = Object.entries(selector).map(([key, values]) => `${key}: ${JSON.stringify(values)}`);
  return `{ ${pairs.join(', ')} }`;
}

function labelOf({ name, pci, numaNode, ports, netdevs }: Hca): string {
  const [port] = ports;
  const parts = [
    pci?.address,
    numaNode === null ? null : `NUMA ${numaNode}`,
    port?.rate?.replace(/ \(.*/, ''),
    ...netdevs.slice(0, 2).map((netdev) => netdev.name),
  ];
  const details = parts.filter((part) => part !== null && part !== undefined);
  return details.length === 0 ? name : `${name} (${details.join(', ')})`;
}
