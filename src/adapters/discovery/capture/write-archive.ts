// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from 'node:zlib';

/** One entry of an archive. Paths are relative, with `/`. */
export type ArchiveEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

const typeOf = { directory: '5', file: '0', link: '2' } as const;
const blockBytes = 512;

/** Returns a `tar.gz` that `unpackCapturedHost` reads, and tar(1). It has no times and no owners. */
export function writeArchive(entries: readonly ArchiveEntry[]): Uint8Array {
  const end = Buffer.alloc(2 * blockBytes);
  return gzipSync(Buffer.concat([...entries.flatMap(blocksOf), end]), { level: 9 });
}

function blocksOf(entry: ArchiveEntry): readonly Buffer[] {
  const target = entry.kind === 'link' ? entry.target : '';
  const body = Buffer.from(entry.kind === 'file' ? entry.text : '');
  return [
    ...longName('K', target),
    ...longName('L', entry.path),
    header(entry.path, typeOf[entry.kind], body.length, target),
    ...padded(body),
  ];
}

/** A name of more than 100 bytes is an entry of its own in front of its file (GNU tar). */
function longName(type: 'K' | 'L', name: string): readonly Buffer[] {
  const body = Buffer.from(`${name}\0`);
  return body.length <= 101 ? [] : [header('././@LongLink', type, body.length, ''), ...padded(body)];
}

/** The header of POSIX.1-1988 (ustar), as tar(5) describes it. */
function header(name: string, type: string, size: number, target: string): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 100);
  block.write(type === '5' ? '0000755\0' : '0000644\0', 100);
  for (const owner of [108, 116]) block.write('0000000\0', owner);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(target, 157, 100);
  block.write('ustar  \0', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padded(body: Buffer): readonly Buffer[] {
  return body.length === 0 ? [] : [body, Buffer.alloc((blockBytes - (body.length % blockBytes)) % blockBytes)];
}
