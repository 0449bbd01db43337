// SPDX-License-Identifier: Apache-2.0
// The order of what an inventory lists, so that two scans of an unchanged host are equal.
import { type DeviceNode, type IdleFunction, deviceNodeKinds } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareNaturally(a.name, b.name);
}

export function byAddress(a: IdleFunction, b: IdleFunction): number {
  return compareNaturally(a.pci.address, b.pci.address);
}

export function byKindAndPath(a: DeviceNode, b: DeviceNode): number {
  return deviceNodeKinds.indexOf(a.kind) - deviceNodeKinds.indexOf(b.kind) || compareNaturally(a.path, b.path);
}
