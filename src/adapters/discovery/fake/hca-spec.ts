// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import {
  flag,
  functionKind,
  hcaName,
  list,
  matching,
  netdevName,
  nodeKind,
  nodePath,
  numaNode,
  pciAddress,
  pciId,
  portNumber,
  strictObject,
  word,
} from '../hca-schema.ts';

/** A value that the HCA lacks is null; one that is absent has its default. */
function nullable<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.optional(v.nullable(schema));
}

/**
 * A port of a fake HCA. Defaults: the number is the position, the state ACTIVE, the link layer Ethernet, and one
 * netdev.
 */
const portSpec = strictObject({
  number: v.optional(portNumber),
  state: nullable(word),
  linkLayer: nullable(word),
  netdevs: v.optional(list(netdevName)),
});

/** A netdev of a fake HCA. Defaults: it is up and has the link type of its port. */
const netdevSpec = strictObject({ name: netdevName, linkType: v.optional(word), up: nullable(flag) });

/** A device node. Defaults: the path follows from the number of the HCA, and the port is the first. */
const nodeSpec = strictObject({ kind: nodeKind, path: v.optional(nodePath), port: nullable(portNumber) });

export type FakePortSpec = v.InferOutput<typeof portSpec>;
type FakeNetdevSpec = v.InferOutput<typeof netdevSpec>;
export type FakeNodeSpec = v.InferOutput<typeof nodeSpec>;

const netdevByName = v.pipe(
  netdevName,
  v.transform((name): FakeNetdevSpec => ({ name })),
);
const nodeByKind = v.pipe(
  nodeKind,
  v.transform((kind): FakeNodeSpec => ({ kind })),
);

/**
 * A fake HCA. Only the name is required: the defaults are those of a ConnectX-6 Dx with one active RoCE port.
 * `pciAddress: null` makes a soft device, without a PCI function and, by default, without a driver. `broken` removes
 * its uverbs node.
 */
export const hcaSpec = strictObject({
  name: hcaName,
  broken: v.optional(flag),
  pciAddress: nullable(pciAddress),
  vendor: nullable(pciId),
  deviceId: nullable(pciId),
  driver: nullable(word),
  rdmaDriver: nullable(word),
  functionKind: nullable(functionKind),
  numaNode: nullable(numaNode),
  nodeGuid: nullable(matching(/^[0-9a-f]{4}(:[0-9a-f]{4}){3}$/, 'a GUID such as 0c42:a103:0065:8a01')),
  ports: v.optional(list(portSpec)),
  netdevs: v.optional(list(v.lazy((input) => (typeof input === 'string' ? netdevByName : netdevSpec)))),
  deviceNodes: v.optional(list(v.lazy((input) => (typeof input === 'string' ? nodeByKind : nodeSpec)))),
});

export type FakeHcaSpec = v.InferOutput<typeof hcaSpec>;
