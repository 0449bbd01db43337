// SPDX-License-Identifier: Apache-2.0
import { type Dirent, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Removes the sockets directly in the directory, as a kubelet does in its device-plugins directory when it starts. */
export function removeSockets(directory: string): void {
  for (const entry of entriesOf(directory)) {
    // Forced: the plugin may remove its socket first.
    if (entry.isSocket()) rmSync(join(directory, entry.name), { force: true });
  }
}

/**
 * Returns the identity of each socket under the directory, by path and at any depth, without names that begin with a
 * dot. A socket that replaces another at the same path has a new identity.
 */
export function socketsUnder(directory: string): Map<string, string> {
  const sockets = new Map<string, string>();
  for (const entry of entriesOf(directory)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(directory, entry.name);
    if (entry.isSocket()) addIdentity(sockets, path);
    else if (entry.isDirectory()) for (const [inner, identity] of socketsUnder(path)) sockets.set(inner, identity);
  }
  return sockets;
}

function addIdentity(sockets: Map<string, string>, path: string): void {
  try {
    const { ino, birthtimeMs } = lstatSync(path);
    sockets.set(path, `${ino}:${birthtimeMs}`);
  } catch {
    // Removed since the directory was read.
  }
}

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
