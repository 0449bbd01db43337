// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Captures have some 100 KB. */
const maxBytes = 256 * 1024 * 1024;

/** A captured host in a temporary directory. `root` is its host root. */
export interface CapturedHost {
  readonly root: string;
  remove(): void;
}

/**
 * Unpacks the capture of a host: a `tar.gz` of the files that an adapter reads (`sys/…`). The device nodes listed in
 * its `MANIFEST.dev-infiniband`, one path a line, become empty regular files, which do not need root. Throws if the
 * archive cannot be read, has unsupported entries, or would write outside of the directory.
 */
export function unpackCapturedHost(archive: string): CapturedHost {
  const tar = gunzipSync(readFileSync(archive), { maxOutputLength: maxBytes });
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'rdma-host-')));
  try {
    extract(tar, root);
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
  for (const path of nodesIn(join(root, 'MANIFEST.dev-infiniband'))) place(join(root, path), '0', '', Buffer.alloc(0));
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

function nodesIn(manifest: string): readonly string[] {
  try {
    return readFileSync(manifest, 'utf8').match(/^\/dev\/infiniband\/\S+/gm) ?? [];
  } catch {
    return [];
  }
}

// Reads the archive without the tar program, so that it needs only Node. Archives contain files, directories and
// symbolic links with GNU or ustar headers. Long names and link targets are entries of their own, of type L and K.
function extract(tar: Buffer, root: string): void {
  let long: { name?: string; link?: string } = {};
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const header = readHeader(tar.subarray(at, at + 512));
    const body = tar.subarray(at + 512, at + 512 + header.size);
    at += 512 + Math.ceil(header.size / 512) * 512;
    if (body.length < header.size) throw new Error('the archive ends in the middle of a file');
    if (header.type === 'L') long.name = untilZero(body);
    else if (header.type === 'K') long.link = untilZero(body);
    else {
      const path = resolve(root, long.name ?? header.name);
      if (path !== root) place(checked(path, root), header.type, long.link ?? header.link, body);
      long = {};
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

/** A name may have `..` in it, or lead through a link that an earlier entry has made. */
function checked(path: string, root: string): string {
  if (path.startsWith(`${root}/`) && isInside(dirname(path), root)) return path;
  throw new Error(`${path.replace(root, '')}: the entry is outside of the archive`);
}

/** Whether the part of a directory that exists already is inside of the root. */
function isInside(directory: string, root: string): boolean {
  if (directory === root) return true;
  try {
    return `${realpathSync(directory)}/`.startsWith(`${root}/`);
  } catch {
    return isInside(dirname(directory), root);
  }
}

function place(path: string, type: string, link: string, body: Buffer): void {
  mkdirSync(type === '5' ? path : dirname(path), { recursive: true });
  if (type === '2') symlinkSync(link, path);
  else if (type === '0' || type === '\0') writeFileSync(path, body);
  else if (type !== '5') throw new Error(`${path}: entries of type ${type} are not supported in a captured host`);
}
