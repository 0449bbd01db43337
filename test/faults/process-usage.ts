// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** What a process uses of the kernel, according to `/proc`. */
export interface ProcessUsage {
  readonly descriptors: number;
  /** Watches of all its inotify descriptors. */
  readonly watches: number;
  readonly residentMiB: number;
}

/** Throws if the process has ended. */
export function usageOf(pid: number): ProcessUsage {
  const open = readdirSync(`/proc/${pid}/fd`);
  const inotify = open.filter((descriptor) => linkOf(`/proc/${pid}/fd/${descriptor}`) === 'anon_inode:inotify');
  const watches = inotify.flatMap(
    (descriptor) => textOf(`/proc/${pid}/fdinfo/${descriptor}`).match(/^inotify wd:/gm) ?? [],
  );
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return { descriptors: open.length, watches: watches.length, residentMiB: (pages * 4096) / 2 ** 20 };
}

/**
 * Lists what the open descriptors of a process are, the most frequent kind first. Names a socket by the file name to
 * which its server is bound. Throws if the process has ended.
 */
export function describeDescriptors(pid: number): string {
  const names = new Map(unixSockets().map(({ inode, path }) => [`socket:[${inode}]`, `socket ${basename(path)}`]));
  const counts = new Map<string, number>();
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    const link = linkOf(`/proc/${pid}/fd/${descriptor}`);
    const name = names.get(link) ?? link.replace(/:\[\d+\]$/, '');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/** Returns the paths of listening sockets that start with one of the prefixes, even if the file no longer exists. */
export function listenersUnder(prefixes: readonly string[]): readonly string[] {
  const listening = unixSockets().filter(({ flags }) => flags === '00010000');
  return listening.map(({ path }) => path).filter((path) => prefixes.some((prefix) => path.startsWith(prefix)));
}

function unixSockets(): readonly { readonly flags: string; readonly inode: string; readonly path: string }[] {
  const lines = readFileSync('/proc/net/unix', 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => {
    const [, , , flags = '', , , inode = '', path = ''] = line.trim().split(/\s+/);
    return { flags, inode, path };
  });
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
