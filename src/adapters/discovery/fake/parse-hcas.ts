// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, createProblem, messageOf } from '#domain/problem/problem.ts';
import { deviceNodeKinds, type NetnsMode } from '#domain/hca/hca.ts';
import { DocumentField } from './document-field.ts';
import type { FakeHcaSpec, FakeNetdevSpec, FakeNodeSpec, FakePortSpec } from './hca-spec.ts';

/** What a file of fake HCAs says, or everything that is wrong with it. */
export type FakeHcasReading =
  | {
      readonly valid: true;
      readonly hcas: readonly FakeHcaSpec[];
      readonly netnsMode: NetnsMode;
      readonly extraNodes: readonly string[];
    }
  | { readonly valid: false; readonly problems: readonly Problem[] };

/** Reads a YAML text, at once or later; throws on text that is none. */
export type ParseYaml = (text: string) => unknown;

const hcaKeys = [
  'name',
  'broken',
  'pciAddress',
  'vendor',
  'deviceId',
  'driver',
  'rdmaDriver',
  'functionKind',
  'numaNode',
  'nodeGuid',
  'ports',
  'netdevs',
  'deviceNodes',
] as const;

const linkName = { form: /^[^/\s]{1,15}$/, allowed: 'the name of a network interface, 15 characters at most' };
const word = { form: /^\S.*$/, allowed: 'a text' };
const extraNode = { form: /^\/dev\/(?!infiniband\/)\S+$/, allowed: 'a path below /dev and outside /dev/infiniband' };
const pciId = { form: /^[0-9a-f]{4}$/, allowed: 'four lower-case hexadecimal digits' };

/**
 * A file of fake HCAs is YAML (so JSON too, and what `discover -o json` prints is one):
 *
 *     netnsMode: shared            # or exclusive; shared is the default
 *     extraNodes: [/dev/hfi1_0]    # for deviceNodes.extra of the settings; none is the default
 *     hcas:
 *       - name: mlx5_0             # all that is needed: a ConnectX-6 Dx with one active RoCE port and netdev eth0
 *       - name: mlx5_1
 *         broken: true             # its uverbs node is missing
 *         pciAddress: 0000:3b:00.0 # null: a soft device
 *         vendor: "15b3"           # ids in quotes
 *         deviceId: "101b"
 *         driver: mlx5_core
 *         rdmaDriver: mlx5_ib
 *         functionKind: pf         # or vf
 *         numaNode: 1              # or null
 *         nodeGuid: 0c42:a103:0065:8a01
 *         ports:
 *           - number: 1
 *             state: DOWN          # ACTIVE is the default
 *             linkLayer: InfiniBand
 *             netdevs: [ib0]
 *         netdevs:                 # names, or where more is to be said:
 *           - { name: ib0, linkType: infiniband, up: false }
 *         deviceNodes: [uverbs, umad, issm, rdma_cm] # or objects with kind, path, port
 *
 * All problems are found at once. The promise never rejects.
 */
export async function parseFakeHcas(text: string, parseYaml: ParseYaml): Promise<FakeHcasReading> {
  let document: unknown;
  try {
    document = await parseYaml(text);
  } catch (error) {
    return { valid: false, problems: error instanceof ProblemError ? error.problems : [notYaml(error)] };
  }
  return readDocument(document ?? null);
}

function readDocument(document: unknown): FakeHcasReading {
  const problems: Problem[] = [];
  const field = new DocumentField(document, '$', problems).fields(['hcas', 'netnsMode', 'extraNodes'], ['problems']);
  const list = field?.('hcas');
  const hcas = list?.required(list.items())?.map(readHca) ?? [];
  const netnsMode = field?.('netnsMode').orNull((mode) => mode.oneOf(['shared', 'exclusive']));
  const extraNodes =
    field?.('extraNodes')
      .items()
      ?.map((one) => one.text(extraNode.form, extraNode.allowed)) ?? [];
  if (list !== undefined) findTwins(hcas, list);
  if (problems.length > 0) return { valid: false, problems };
  return {
    valid: true,
    hcas: hcas.filter((hca) => hca !== undefined),
    netnsMode: netnsMode === undefined ? 'shared' : netnsMode,
    extraNodes: extraNodes.filter((path) => path !== undefined),
  };
}

function findTwins(hcas: readonly (FakeHcaSpec | undefined)[], list: DocumentField): void {
  const names = hcas.map((hca) => hca?.name).filter((name) => name !== undefined);
  const twins = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  for (const name of twins) list.add(`names the HCA ${name} more than once`, 'Give each HCA a name of its own.');
}

function readHca(item: DocumentField): FakeHcaSpec | undefined {
  const field = item.fields(hcaKeys);
  if (field === undefined) return undefined;
  const name = field('name').required(field('name').text(/^[^/\s]{1,63}$/, 'the name of an RDMA device'));
  const spec = {
    broken: field('broken').flag(),
    pciAddress: field('pciAddress').orNull((one) =>
      one.text(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/, 'a PCI address such as 0000:3b:00.0'),
    ),
    vendor: field('vendor').orNull((one) => one.text(pciId.form, pciId.allowed)),
    deviceId: field('deviceId').orNull((one) => one.text(pciId.form, pciId.allowed)),
    driver: field('driver').orNull((one) => one.text(word.form, word.allowed)),
    rdmaDriver: field('rdmaDriver').orNull((one) => one.text(word.form, word.allowed)),
    functionKind: field('functionKind').orNull((one) => one.oneOf(['pf', 'vf'])),
    numaNode: field('numaNode').orNull((one) => one.count()),
    nodeGuid: field('nodeGuid').orNull((one) =>
      one.text(/^[0-9a-f]{4}(:[0-9a-f]{4}){3}$/, 'a GUID such as 0c42:a103:0065:8a01'),
    ),
    ports: field('ports').items()?.map(readPort),
    netdevs: field('netdevs')
      .items()
      ?.map(readNetdev)
      .filter((one) => one !== undefined),
    deviceNodes: field('deviceNodes')
      .items()
      ?.map(readNode)
      .filter((one) => one !== undefined),
  };
  return name === undefined ? undefined : { name, ...spec };
}

function readPort(item: DocumentField): FakePortSpec {
  const field = item.fields(['number', 'state', 'linkLayer', 'netdevs']);
  const netdevs = field?.('netdevs')
    .items()
    ?.map((one) => one.text(linkName.form, linkName.allowed));
  return {
    number: field?.('number').count(),
    state: field?.('state').orNull((one) => one.text(word.form, word.allowed)),
    linkLayer: field?.('linkLayer').orNull((one) => one.text(word.form, word.allowed)),
    netdevs: netdevs?.filter((name) => name !== undefined),
  };
}

function readNetdev(item: DocumentField): FakeNetdevSpec | undefined {
  if (item.isText()) return named(item.text(linkName.form, linkName.allowed));
  const field = item.fields(['name', 'linkType', 'up']);
  if (field === undefined) return undefined;
  const name = field('name').required(field('name').text(linkName.form, linkName.allowed));
  const linkType = field('linkType').text(word.form, word.allowed);
  const up = field('up').orNull((one) => one.flag());
  return name === undefined ? undefined : { name, linkType, up };
}

function named(name: string | undefined): FakeNetdevSpec | undefined {
  return name === undefined ? undefined : { name };
}

function readNode(item: DocumentField): FakeNodeSpec | undefined {
  const field = item.isText() ? undefined : item.fields(['kind', 'path', 'port']);
  const kind = item.isText()
    ? item.oneOf(deviceNodeKinds)
    : field?.('kind').required(field('kind').oneOf(deviceNodeKinds));
  const path = field?.('path').text(/^\/dev\/\S+$/, 'a path below /dev');
  const port = field?.('port').orNull((one) => one.count());
  return kind === undefined ? undefined : { kind, path, port };
}

function notYaml(error: unknown): Problem {
  const cause = messageOf(error).split('\n', 1)[0] ?? '';
  return createProblem('FAKE_HCAS_INVALID', {
    subject: '$',
    message: `The fake HCAs are no YAML: ${cause}`,
    remedy: 'Write a YAML object such as: hcas: [{name: mlx5_0}].',
  });
}
