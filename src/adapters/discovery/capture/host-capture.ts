// SPDX-License-Identifier: Apache-2.0
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { readInThreadPool } from '#adapters/host/attribute-file.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { Clock } from '#ports/clock.ts';
import { SysfsHcaDiscovery } from '../sysfs/hca-discovery.ts';
import type { Anonymize } from './anonymize.ts';
import { RecordingRoot } from './recording-root.ts';
import type { ArchiveEntry } from './write-archive.ts';

export interface HostCapture {
  /** What the host has, with nothing replaced. */
  readonly inventory: Inventory;
  readonly entries: readonly ArchiveEntry[];
}

/**
 * Scans a host and returns everything that the scan read, so that a scan of the capture finds the same. Rejects with a
 * ProblemError if the host has no sysfs.
 */
export async function captureHost(directory: string, clock: Clock, anonymize: Anonymize): Promise<HostCapture> {
  const root = new RecordingRoot(directory);
  const texts = new Map<string, string>();
  const read = async (path: string): Promise<string | null> => {
    const text = await readInThreadPool(path);
    root.touched.add(path);
    if (text !== null) texts.set(path, text);
    return text;
  };
  const inventory = await new SysfsHcaDiscovery(new LinuxHost(directory, clock, read, root)).scan();
  const places = [...root.touched, ...[...root.listed].flatMap((listed) => [listed, ...childrenOf(listed)])];
  const inSysfs = new Set(
    places.filter((path) => root.hostPath(path).startsWith('/sys/')).flatMap((path) => placesOf(path, root)),
  );
  const nodes = inventory.hcas.flatMap(({ deviceNodes }) => deviceNodes.map(({ path }) => path));
  return {
    inventory,
    entries: [
      { kind: 'file', path: 'MANIFEST.dev-infiniband', text: [...new Set(nodes)].map((path) => `${path}\n`).join('') },
      ...[...inSysfs]
        .toSorted(compareNaturally)
        .flatMap((path) => entryOf(path, root, texts))
        .map((entry) => anonymized(entry, anonymize)),
    ],
  };
}

/**
 * Returns where a path leads, without links in its directories, and the links on the way. A capture has each directory
 * only once.
 */
function placesOf(path: string, root: RecordingRoot): readonly string[] {
  const links: string[] = [];
  let place = root.path();
  const parts = root
    .hostPath(path)
    .split('/')
    .filter((part) => part !== '');
  for (const [index, part] of parts.entries()) {
    const next = `${place.replace(/\/$/, '')}/${part}`;
    const isLink = index < parts.length - 1 && root.linkTarget(next) !== null;
    if (isLink) links.push(next);
    const end = isLink ? root.follow(next) : next;
    if (end === null) return links;
    place = end;
  }
  return [...links, place];
}

function entryOf(path: string, root: RecordingRoot, texts: ReadonlyMap<string, string>): readonly ArchiveEntry[] {
  const name = root.hostPath(path).slice(1);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isSymbolicLink()) return [{ kind: 'link', path: name, target: readlinkSync(path) }];
  if (stats.isDirectory()) return [{ kind: 'directory', path: name }];
  const text = texts.get(path) ?? root.readText(path);
  // A scan takes a file that cannot be read for one that is not there.
  return text === null ? [] : [{ kind: 'file', path: name, text }];
}

function anonymized(entry: ArchiveEntry, anonymize: Anonymize): ArchiveEntry {
  const path = anonymize(entry.path);
  if (entry.kind === 'link') return { ...entry, path, target: anonymize(entry.target) };
  return entry.kind === 'file' ? { ...entry, path, text: anonymize(entry.text) } : { ...entry, path };
}

function childrenOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory).map((name) => `${directory}/${name}`);
  } catch {
    return [];
  }
}
