// SPDX-License-Identifier: Apache-2.0
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { anonymizer } from '#adapters/discovery/capture/anonymize.ts';
import { captureHost } from '#adapters/discovery/capture/host-capture.ts';
import { unpackCapturedHost } from '#adapters/discovery/capture/captured-host.ts';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { type ArchiveEntry, writeArchive } from '#adapters/discovery/capture/write-archive.ts';
import { errorCode } from '#adapters/host/error-code.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { ProblemError, createProblem } from '#domain/problem/problem.ts';
import { firstOf } from '#domain/text/first-of.ts';
import type { CaptureOptions } from '#adapters/cli/command.ts';

/**
 * Captures a host for `capture`: calls `print` with what the capture contains, then writes it, unless `file` is null.
 * Rejects with a ProblemError.
 */
export async function capture({ hostRoot, file }: CaptureOptions, print: (text: string) => void): Promise<void> {
  const anonymize = anonymizer(randomInt(1, 2 ** 24), hostname());
  const { inventory, entries } = await captureHost(hostRoot, new SystemClock(), anonymize);
  print(describe(inventory, entries));
  if (file === null) return print('Nothing is written. Name a file to write it: rdma-shared-dp capture host.tar.gz\n');
  const archive = writeArchive(entries);
  try {
    writeFileSync(file, archive, { flag: 'wx' });
  } catch (error) {
    throw new ProblemError([unwritable(file, errorCode(error))], { cause: error });
  }
  const anonymous: unknown = JSON.parse(anonymize(JSON.stringify(inventory)));
  const isSame = isDeepStrictEqual(await inventoryOf(file), anonymous);
  const check = isSame
    ? 'It shows the same HCAs as this host.'
    : 'Its HCAs differ from those of this host in some values.';
  print(`Written to ${file}, ${Math.ceil(archive.length / 1024)} KiB. ${check}\n`);
  print(`Look: rdma-shared-dp explain --capture ${file}\n`);
}

async function inventoryOf(archive: string): Promise<Inventory> {
  const host = unpackCapturedHost(archive);
  try {
    return await new SysfsHcaDiscovery(new LinuxHost(host.root, new SystemClock())).scan();
  } finally {
    host.remove();
  }
}

function describe({ hcas }: Inventory, entries: readonly ArchiveEntry[]): string {
  const netdevs = hcas.flatMap((hca) => hca.netdevs.map(({ name }) => name));
  const count = (kind: ArchiveEntry['kind']): number => entries.filter((entry) => entry.kind === kind).length;
  const lines = [
    'The capture contains what the program reads of this host under /sys, and the names of its device nodes:',
    `  HCAs: ${listed(hcas.map(({ name }) => name))}`,
    `  network interfaces of HCAs: ${listed(netdevs)}`,
    `  ${count('file')} files, ${count('link')} links, ${count('directory')} directories`,
    'Replaced, each value by the same other one: the host name, MAC addresses, GUIDs, and IP addresses in GIDs.',
    'Kept: names of HCAs and network interfaces, PCI addresses and ids, drivers, firmware versions, port states.',
  ];
  return `${lines.join('\n')}\n`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : firstOf(names, 32, ' and ');
}

function unwritable(file: string, code: string) {
  return createProblem('CAPTURE_NOT_WRITTEN', {
    subject: file,
    message: `${file} cannot be written: ${code === 'EEXIST' ? 'it exists already' : code}.`,
    remedy: 'Name another file, in a directory that this user can write to.',
  });
}
