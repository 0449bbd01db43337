// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import type { Actor } from '#domain/problem/catalogue.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import { deepFreeze } from '../deep-freeze.ts';
import {
  distinct,
  faultOf,
  flag,
  functionKind,
  hcaName,
  list,
  matching,
  netdevName,
  nodeKind,
  nodePath,
  numaNode,
  object,
  oneOf,
  pciAddress,
  pciId,
  portNumber,
  word,
} from '../hca-schema.ts';
import { byKindAndPath, byName } from '../order.ts';

function orNull<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.nullish(schema, null);
}

function listOrEmpty<const Item extends v.GenericSchema>(item: Item) {
  return v.nullish(list(item), []);
}

const pciSchema = object({
  address: pciAddress,
  vendor: orNull(pciId),
  deviceId: orNull(pciId),
  classCode: orNull(matching(/^[0-9a-f]{4,6}$/, 'lower-case hexadecimal digits')),
  functionKind: v.nullish(functionKind, 'pf'),
  physicalFunction: orNull(pciAddress),
});

const portSchema = object({
  number: portNumber,
  state: orNull(word),
  physState: orNull(word),
  linkLayer: orNull(word),
  rate: orNull(word),
  netdevs: listOrEmpty(netdevName),
});

const netdevSchema = object({ name: netdevName, linkType: word, up: orNull(flag) });

const nodeSchema = object({ kind: nodeKind, path: nodePath, port: orNull(portNumber) });

const hcaSchema = object({
  name: hcaName,
  nodeType: orNull(word),
  nodeGuid: orNull(word),
  firmware: orNull(word),
  board: orNull(word),
  pci: orNull(pciSchema),
  driver: orNull(word),
  rdmaDriver: orNull(word),
  numaNode: orNull(numaNode),
  ports: v.pipe(listOrEmpty(portSchema), distinct<v.InferOutput<typeof portSchema>>('number')),
  netdevs: v.pipe(listOrEmpty(netdevSchema), distinct<v.InferOutput<typeof netdevSchema>>('name')),
  deviceNodes: listOrEmpty(nodeSchema),
});

const sentence = v.pipe(
  matching(/\S/, 'a sentence'),
  v.transform((line) => line.replaceAll(/\s+/g, ' ').trim()),
);

const actors = ['operator', 'node', 'kubelet', 'us'] as const satisfies readonly Actor[];

/** Problems as a module reports them: in its inventory, or with an error. */
export const problemsSchema = listOrEmpty(
  object({ code: sentence, actor: oneOf(actors), subject: sentence, message: sentence, remedy: sentence }),
);

const inventorySchema = object({
  hcas: v.pipe(list(hcaSchema), distinct<v.InferOutput<typeof hcaSchema>>('name')),
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
  const { path, fault } = faultOf(issues[0], root);
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
