// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import type { Actor } from '#domain/problem/catalogue.ts';
import { forbiddenMatch } from '#domain/settings/validation/forbidden-nodes.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import { escapeControls } from '#domain/text/printable.ts';
import { deepFreeze } from '../deep-freeze.ts';
import * as form from '../hca-schema.ts';
import { byKindAndPath, byName } from '../order.ts';

function orNull<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.nullish(schema, null);
}

/** More than any node has. A list without a bound would let a module use up the memory of the program. */
const most = { hcas: 4_096, ports: 256, netdevs: 1_024, nodes: 1_024, problems: 256 };

function listOrEmpty<const Item extends v.GenericSchema>(item: Item, count: number) {
  return v.nullish(form.list(item, count), []);
}

const nodePath = v.pipe(
  form.nodePath,
  v.check((path) => forbiddenMatch(path) === null, 'a device node of an HCA, not one that reaches the whole host'),
);

const pciSchema = form.object({
  address: form.pciAddress,
  vendor: orNull(form.pciId),
  deviceId: orNull(form.pciId),
  classCode: orNull(form.matching(/^[0-9a-f]{4,6}$/, 'lower-case hexadecimal digits')),
  functionKind: v.nullish(form.functionKind, 'pf'),
  physicalFunction: orNull(form.pciAddress),
});

const portSchema = form.object({
  number: form.portNumber,
  state: orNull(form.word),
  physState: orNull(form.word),
  linkLayer: orNull(form.word),
  rate: orNull(form.word),
  netdevs: listOrEmpty(form.netdevName, most.netdevs),
  gidTableSize: v.exactOptional(form.gidTableSize),
  hasGid: v.exactOptional(form.flag),
});

const netdevSchema = form.object({ name: form.netdevName, linkType: form.word, up: orNull(form.flag) });

const nodeSchema = form.object({ kind: form.nodeKind, path: nodePath, port: orNull(form.portNumber) });

const hcaSchema = form.object({
  name: form.hcaName,
  nodeType: orNull(form.word),
  nodeGuid: orNull(form.word),
  firmware: orNull(form.word),
  board: orNull(form.word),
  pci: orNull(pciSchema),
  subfunction: orNull(form.subfunction),
  managementOnly: v.nullish(form.flag, false),
  driver: orNull(form.word),
  rdmaDriver: orNull(form.word),
  numaNode: orNull(form.numaNode),
  ports: v.pipe(listOrEmpty(portSchema, most.ports), form.distinct<v.InferOutput<typeof portSchema>>('number')),
  netdevs: v.pipe(listOrEmpty(netdevSchema, most.netdevs), form.distinct<v.InferOutput<typeof netdevSchema>>('name')),
  deviceNodes: listOrEmpty(nodeSchema, most.nodes),
});

const sentence = v.pipe(
  form.matching(/\S/, 'a sentence'),
  v.maxLength(2_000, 'a sentence of 2,000 characters at most'),
  v.transform((line) => escapeControls(line.replaceAll(/\s+/g, ' ').trim())),
);

const actors = ['operator', 'node', 'kubelet', 'us'] as const satisfies readonly Actor[];

/** Problems as a module reports them: in its inventory, or with an error. */
export const problemsSchema = listOrEmpty(
  form.object({ code: sentence, actor: form.oneOf(actors), subject: sentence, message: sentence, remedy: sentence }),
  most.problems,
);

const inventorySchema = form.object({
  hcas: v.pipe(form.list(hcaSchema, most.hcas), form.distinct<v.InferOutput<typeof hcaSchema>>('name')),
  problems: problemsSchema,
});

/** The first fault of an answer of a module, as a main clause. */
export class InvalidAnswer extends Error {
  override readonly name = 'InvalidAnswer';
}

/** Reads a value that comes from a module. `root` is its name in paths. Throws InvalidAnswer. */
export function readAnswer<Schema extends v.GenericSchema>(
  schema: Schema,
  answer: unknown,
  root: string,
): v.InferOutput<Schema> {
  const { success, output, issues } = v.safeParse(schema, answer, { abortEarly: true });
  if (success) return output;
  const { path, fault } = form.faultOf(issues[0], root);
  throw new InvalidAnswer(`${path} ${fault}`);
}

/**
 * Reads the inventory of a module: a frozen copy with HCAs in natural order. Values that hardware may lack can be
 * absent; unknown keys are ignored. Throws InvalidAnswer.
 */
export function readModuleInventory(answer: unknown): Inventory {
  const { hcas, problems } = readAnswer(inventorySchema, answer, 'inventory');
  hcas.forEach((hca, index) => checkPortNetdevs(hca, `inventory.hcas[${index}]`));
  return deepFreeze({ hcas: hcas.map(sorted).toSorted(byName), netnsMode: null, problems });
}

function checkPortNetdevs({ ports, netdevs }: Hca, path: string): void {
  const names = netdevs.map(({ name }) => name);
  const allowed = names.length === 0 ? 'absent, because the HCA has no netdevs' : `one of ${names.join(', ')}`;
  ports.forEach((port, portIndex) => {
    const index = port.netdevs.findIndex((name) => !names.includes(name));
    if (index === -1) return;
    const found = JSON.stringify(port.netdevs[index]);
    throw new InvalidAnswer(`${path}.ports[${portIndex}].netdevs[${index}] is ${found}; it must be ${allowed}`);
  });
}

function sorted(hca: Hca): Hca {
  return {
    ...hca,
    ports: hca.ports
      .map((port) => ({ ...port, netdevs: port.netdevs.toSorted(compareNaturally) }))
      .toSorted((a, b) => a.number - b.number),
    netdevs: hca.netdevs.toSorted(byName),
    deviceNodes: hca.deviceNodes.toSorted(byKindAndPath),
  };
}
