// SPDX-License-Identifier: Apache-2.0
import { watch } from 'node:fs';

/**
 * Calls `onChange` with the names that change in a directory; never where it cannot be watched. A hint only: after the
 * directory itself was replaced the watch is silent. Errors do not escape.
 */
export function watchDirectory(directory: string, onChange: (name: string | null) => void): () => void {
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => onChange(name));
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}

/** Watches several directories as one. */
export function watchDirectories(directories: readonly string[]): (onHint: () => void) => () => void {
  return (onHint) => {
    const stops = directories.map((directory) => watchDirectory(directory, () => onHint()));
    return () => {
      for (const stop of stops) stop();
    };
  };
}
