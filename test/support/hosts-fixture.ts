// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CapturedHost, unpackCapturedHost } from '#adapters/discovery/capture/captured-host.ts';

const fixtures = fileURLToPath(new URL('../fixtures/hosts/', import.meta.url));
const unpacked = new Set<CapturedHost>();

/** The names of the hosts in test/fixtures/hosts, which were captured from real kernels. */
export const capturedHosts = [
  'exclusive-netns',
  'hca-like-pf-vf-numa',
  'no-rdma-modules',
  'port-down',
  'renamed',
  'rxe-siw-up',
  'umad-not-loaded',
] as const;

/** Returns the path of a file of a captured host, such as `inventory.json`. */
export function fixtureFile(host: string, file: string): string {
  return join(fixtures, host, file);
}

/** Unpacks a captured host into a temporary directory and returns its root. Its device nodes are empty plain files. */
export async function unpackHost(name: string): Promise<string> {
  return await unpackArchive(fixtureFile(name, 'host.tar.gz'));
}

/** Unpacks the archive of a host and returns its root. `removeHosts` removes it. */
export async function unpackArchive(archive: string): Promise<string> {
  const host = unpackCapturedHost(archive);
  unpacked.add(host);
  return host.root;
}

/** Removes all unpacked hosts. */
export async function removeHosts(): Promise<void> {
  for (const host of unpacked) host.remove();
  unpacked.clear();
}
