// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';

/** Throws an AssertionError that names the broken promise and shows both values, unless they are equal as JSON. */
export function assertEqual(actual: unknown, expected: unknown, promise: string): void {
  // As JSON: some test runners have their own realm, in which equal values differ in their prototypes.
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  assert.deepEqual(JSON.parse(found), JSON.parse(wanted), `${promise}.\n  found:    ${found}\n  expected: ${wanted}`);
}

/** Returns the names of the HCAs. Asserts that each is unique and that they are in natural order. */
export function namesOf(inventory: Inventory | undefined): readonly string[] {
  const names = inventory?.hcas.map((hca) => hca.name) ?? [];
  const sorted = [...new Set(names)].toSorted(compareNaturally);
  assertEqual(names, sorted, 'scan() must report each HCA once, in natural order of the names');
  return names;
}

/** Scans a host with one HCA and returns that HCA. */
export async function scanOne(discovery: HcaDiscovery): Promise<Hca> {
  const { hcas } = await discovery.scan();
  const [hca, ...others] = hcas;
  if (hca !== undefined && others.length === 0) return hca;
  return assert.fail(`scan() must report the one HCA of the host; it reported ${hcas.length}`);
}

export function nodeKindsOf(hca: Hca): readonly string[] {
  return hca.deviceNodes.map((node) => node.kind);
}

/** Returns the path of the first part of the value that is not frozen, or null if everything is frozen. */
export function findUnfrozen(value: unknown, path = '$'): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Object.isFrozen(value)) return path;
  const unfrozen = Object.entries(value).map(([key, part]) => findUnfrozen(part, `${path}.${key}`));
  return unfrozen.find((part) => part !== null) ?? null;
}
