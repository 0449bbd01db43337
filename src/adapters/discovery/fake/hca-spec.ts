// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import { idleCauses } from '#domain/hca/hca.ts';
import * as form from '../hca-schema.ts';

/** A value that the HCA lacks is null; one that is absent has its default. */
function nullable<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.optional(v.nullable(schema));
}

/**
 * A port of a fake HCA. Defaults: the number is the position, the state ACTIVE, the link layer Ethernet, and one
 * netdev.
 */
const portSpec = form.strictObject({
  number: v.optional(form.portNumber),
  state: nullable(form.word),
  linkLayer: nullable(form.word),
  netdevs: v.optional(form.list(form.netdevName)),
});

/** A netdev of a fake HCA. Defaults: it is up and has the link type of its port. */
const netdevSpec = form.strictObject({
  name: form.netdevName,
  linkType: v.optional(form.word),
  up: nullable(form.flag),
});

/** A device node. Defaults: the path follows from the number of the HCA, and the port is the first. */
const nodeSpec = form.strictObject({
  kind: form.nodeKind,
  path: v.optional(form.nodePath),
  port: nullable(form.portNumber),
});

export type FakePortSpec = v.InferOutput<typeof portSpec>;
type FakeNetdevSpec = v.InferOutput<typeof netdevSpec>;
export type FakeNodeSpec = v.InferOutput<typeof nodeSpec>;

const netdevByName = v.pipe(
  form.netdevName,
  v.transform((name): FakeNetdevSpec => ({ name })),
);
const nodeByKind = v.pipe(
  form.nodeKind,
  v.transform((kind): FakeNodeSpec => ({ kind })),
);

/**
 * A fake HCA. Only the name is required: the defaults are those of a ConnectX-6 Dx with one active RoCE port.
 * `pciAddress: null` makes a soft device, without a PCI function and, by default, without a driver. `broken` removes
 * its uverbs node. `managementOnly` makes an SMI device, by default without a uverbs node.
 */
export const hcaSpec = form.strictObject({
  name: form.hcaName,
  broken: v.optional(form.flag),
  pciAddress: nullable(form.pciAddress),
  vendor: nullable(form.pciId),
  deviceId: nullable(form.pciId),
  driver: nullable(form.word),
  rdmaDriver: nullable(form.word),
  functionKind: nullable(form.functionKind),
  subfunction: nullable(form.subfunction),
  managementOnly: v.optional(form.flag),
  numaNode: nullable(form.numaNode),
  nodeGuid: nullable(form.matching(/^[0-9a-f]{4}(:[0-9a-f]{4}){3}$/, 'a GUID such as 0c42:a103:0065:8a01')),
  ports: v.optional(form.list(portSpec)),
  netdevs: v.optional(form.list(v.lazy((input) => (typeof input === 'string' ? netdevByName : netdevSpec)))),
  deviceNodes: v.optional(form.list(v.lazy((input) => (typeof input === 'string' ? nodeByKind : nodeSpec)))),
});

/** A PCI function without an RDMA device. Defaults: a ConnectX-6 Dx without a driver. */
export const idleFunctionSpec = form.strictObject({
  pciAddress: form.pciAddress,
  vendor: v.optional(v.nullable(form.pciId), '15b3'),
  deviceId: v.optional(v.nullable(form.pciId), '101d'),
  cause: v.optional(form.oneOf(idleCauses), 'no-driver'),
  driver: v.optional(v.nullable(form.word), null),
  rdmaModule: v.optional(v.nullable(form.word), null),
  numaNode: v.optional(v.nullable(form.numaNode), null),
  netdevs: v.optional(form.list(form.netdevName), []),
});

export type IdleFunctionSpec = v.InferOutput<typeof idleFunctionSpec>;
export type FakeHcaSpec = v.InferOutput<typeof hcaSpec>;
