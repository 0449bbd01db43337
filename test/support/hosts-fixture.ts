// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CapturedHost, unpackCapturedHost } from '#src/testing/captured-host.ts';

const fixtures = fileURLToPath(new URL('../fixtures/hosts/', import.meta.url));
const unpacked = new Set<CapturedHost>();

/** The captures of real kernels in test/fixtures/hosts. */
export const capturedHosts = [
  'exclusive-netns',
  'hca-like-pf-vf-numa',
  'no-rdma-modules',
  'port-down',
  'renamed',
  'rxe-siw-up',
  'umad-not-loaded',
] as const;

/** A file of a captured host's fixture: `inventory.json`. */
export function fixtureFile(host: string, file: string): string {
  return join(fixtures, host, file);
}

/** Unpacks a captured host into a temporary directory and gives its root. Its device nodes are empty plain files. */
export async function unpackHost(name: string): Promise<string> {
  return await unpackArchive(fixtureFile(name, 'host.tar.gz'));
}

/** Unpacks an archive of a host; `removeHosts` takes it away. */
export async function unpackArchive(archive: string): Promise<string> {
  const host = unpackCapturedHost(archive);
  unpacked.add(host);
  return host.root;
}

/** Removes everything that was unpacked. */
export async function removeHosts(): Promise<void> {
  for (const host of unpacked) host.remove();
  unpacked.clear();
}
