// SPDX-License-Identifier: Apache-2.0
import { type Dirent, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What the kubelet does to its device-plugins directory when it starts: every socket directly in it goes, nothing else. */
export function removeSockets(directory: string): void {
  for (const entry of entriesOf(directory)) {
    // Forced: its plugin may be quicker.
    if (entry.isSocket()) rmSync(join(directory, entry.name), { force: true });
  }
}

/**
 * Path to identity of each socket under the directory, at any depth. Names with a leading dot are passed over. A socket that was
 * made anew at the same path has another identity.
 */
export function socketsUnder(directory: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of entriesOf(directory)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(directory, entry.name);
    if (entry.isSocket()) addIdentity(found, path);
    else if (entry.isDirectory()) for (const [inner, identity] of socketsUnder(path)) found.set(inner, identity);
  }
  return found;
}

function addIdentity(found: Map<string, string>, path: string): void {
  try {
    const { ino, birthtimeMs } = lstatSync(path);
    found.set(path, `${ino}:${birthtimeMs}`);
  } catch {
    // It went between the two looks.
  }
}

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
