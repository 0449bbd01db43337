// SPDX-License-Identifier: Apache-2.0
import type { Actor } from '#domain/problem/catalogue.ts';
import type { Problem } from '#domain/problem/problem.ts';
import {
  deviceNodeKinds,
  type DeviceNode,
  type Hca,
  type Inventory,
  type Netdev,
  type PciFunction,
  type Port,
} from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { AnswerField } from './answer-field.ts';

const actors = ['operator', 'node', 'kubelet', 'us'] as const satisfies readonly Actor[];

/** RDMA_DEV_NAME_MAX is 64 with its end mark, IFNAMSIZ is 16. */
const hcaName = { form: /^[^/\s]{1,63}$/, allowed: 'the name of an RDMA device' };
const netdevName = { form: /^[^/\s]{1,15}$/, allowed: 'the name of a network interface' };
const pciAddress = {
  form: /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/,
  allowed: 'a PCI address such as 0000:3b:00.0',
};
const pciId = { form: /^[0-9a-f]{4}$/, allowed: 'four lower-case hexadecimal digits' };
const classCode = { form: /^[0-9a-f]{4,6}$/, allowed: 'lower-case hexadecimal digits' };
/** A path that leads nowhere else: what is granted by it must be a device. */
const nodePath = { form: /^\/dev(\/(?!\.{1,2}(\/|$))[^/\s]+)+$/, allowed: 'a path below /dev' };
const sentence = { form: /\S/, allowed: 'a sentence' };
const word = { form: /^\S.*$/, allowed: 'a text' };

/**
 * Reads what a module's scan gave: a frozen copy in our form, HCAs in natural order. Throws a WrongAnswer that names the first
 * place that is wrong. What hardware may lack may be left out; unknown keys are passed over.
 */
export function readModuleInventory(answer: unknown): Inventory {
  const root = new AnswerField(answer, 'inventory').object();
  const hcas = root
    .get('hcas')
    .list(readHca)
    .toSorted((a, b) => compareNaturally(a.name, b.name));
  root.get('hcas').distinct(hcas.map(({ name }) => name));
  const problems = root.get('problems').listOrEmpty(readProblem);
  return deepFreeze({ hcas, netnsMode: null, problems });
}

function readHca(field: AnswerField): Hca {
  const at = field.object();
  const netdevs = at
    .get('netdevs')
    .listOrEmpty(readNetdev)
    .toSorted((a, b) => compareNaturally(a.name, b.name));
  at.get('netdevs').distinct(netdevs.map(({ name }) => name));
  const ports = at
    .get('ports')
    .listOrEmpty((port) => readPort(port, netdevs))
    .toSorted((a, b) => a.number - b.number);
  at.get('ports').distinct(ports.map(({ number }) => String(number)));
  return {
    name: at.get('name').text(hcaName),
    nodeType: at.get('nodeType').textOrNull(word),
    nodeGuid: at.get('nodeGuid').textOrNull(word),
    firmware: at.get('firmware').textOrNull(word),
    board: at.get('board').textOrNull(word),
    pci: at.get('pci').orNull(readPci),
    driver: at.get('driver').textOrNull(word),
    rdmaDriver: at.get('rdmaDriver').textOrNull(word),
    numaNode: at.get('numaNode').orNull((one) => one.count()),
    ports,
    netdevs,
    deviceNodes: at.get('deviceNodes').listOrEmpty(readNode).toSorted(byKindAndPath),
  };
}

function byKindAndPath(a: DeviceNode, b: DeviceNode): number {
  return deviceNodeKinds.indexOf(a.kind) - deviceNodeKinds.indexOf(b.kind) || compareNaturally(a.path, b.path);
}

function readPci(field: AnswerField): PciFunction {
  const at = field.object();
  return {
    address: at.get('address').text(pciAddress),
    vendor: at.get('vendor').textOrNull(pciId),
    deviceId: at.get('deviceId').textOrNull(pciId),
    classCode: at.get('classCode').textOrNull(classCode),
    functionKind: at.get('functionKind').orNull((one) => one.oneOf(['pf', 'vf'])) ?? 'pf',
    physicalFunction: at.get('physicalFunction').textOrNull(pciAddress),
  };
}

function readPort(field: AnswerField, netdevs: readonly Netdev[]): Port {
  const at = field.object();
  const names = netdevs.map(({ name }) => name);
  return {
    number: at.get('number').count(1),
    state: at.get('state').textOrNull(word),
    physState: at.get('physState').textOrNull(word),
    linkLayer: at.get('linkLayer').textOrNull(word),
    rate: at.get('rate').textOrNull(word),
    netdevs: at
      .get('netdevs')
      .listOrEmpty((one) => one.oneOf(names))
      .toSorted(compareNaturally),
  };
}

function readNetdev(field: AnswerField): Netdev {
  const at = field.object();
  return {
    name: at.get('name').text(netdevName),
    linkType: at.get('linkType').text(word),
    up: at.get('up').orNull((one) => one.flag()),
  };
}

function readNode(field: AnswerField): DeviceNode {
  const at = field.object();
  return {
    kind: at.get('kind').oneOf(deviceNodeKinds),
    path: at.get('path').text(nodePath),
    port: at.get('port').orNull((one) => one.count(1)),
  };
}

/** Also of the problems that an error of a module carries. */
export function readProblem(field: AnswerField): Problem {
  const at = field.object();
  const line = (key: string): string => at.get(key).text(sentence).replaceAll(/\s+/g, ' ').trim();
  return {
    code: line('code'),
    actor: at.get('actor').oneOf(actors),
    subject: line('subject'),
    message: line('message'),
    remedy: line('remedy'),
  };
}
