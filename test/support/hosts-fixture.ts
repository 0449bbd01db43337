// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const fixtures = fileURLToPath(new URL('../fixtures/hosts/', import.meta.url));
const unpacked = new Set<string>();

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
  const root = await unpackArchive(fixtureFile(name, 'host.tar.gz'));
  const manifest = readFileSync(join(root, 'MANIFEST.dev-infiniband'), 'utf8');
  for (const [path] of manifest.matchAll(/^\/dev\/infiniband\/\S+/gm)) writeAt(join(root, path), '');
  return root;
}

/** Unpacks an archive of a host; `removeHosts` takes it away. */
export async function unpackArchive(archive: string): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'rdma-host-'));
  unpacked.add(root);
  extract(gunzipSync(readFileSync(archive)), root);
  return root;
}

/** Removes everything that was unpacked. */
export async function removeHosts(): Promise<void> {
  for (const root of unpacked) rmSync(root, { recursive: true, force: true });
  unpacked.clear();
}

// The tests need nothing but Node, so not even tar. The archives hold files, directories and symbolic links in GNU or
// ustar headers, names with `:` included, and long names as entries of type L and K.
function extract(tar: Buffer, root: string): void {
  let longName: string | null = null;
  let longLink: string | null = null;
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const header = readHeader(tar.subarray(at, at + 512));
    const body = tar.subarray(at + 512, at + 512 + header.size);
    at += 512 + Math.ceil(header.size / 512) * 512;
    if (header.type === 'L') longName = untilZero(body);
    else if (header.type === 'K') longLink = untilZero(body);
    else {
      place(join(root, longName ?? header.name), header.type, longLink ?? header.link, body);
      longName = null;
      longLink = null;
    }
  }
}

interface Header {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly link: string;
}

function readHeader(block: Buffer): Header {
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? untilZero(block.subarray(345, 500)) : '';
  return {
    name: join(prefix, untilZero(block.subarray(0, 100))),
    size: Number.parseInt(untilZero(block.subarray(124, 136)), 8) || 0,
    type: String.fromCharCode(block[156] ?? 0),
    link: untilZero(block.subarray(157, 257)),
  };
}

function untilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function place(path: string, type: string, link: string, body: Buffer): void {
  if (type === '5') mkdirSync(path, { recursive: true });
  else if (type === '2') symlinkAt(path, link);
  else if (type === '0' || type === '\0') writeAt(path, body);
  else throw new Error(`${path}: entries of type ${type} are not expected in a captured host.`);
}

function writeAt(path: string, body: Buffer | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, body);
}

function symlinkAt(path: string, target: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}
