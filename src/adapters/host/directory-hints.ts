// SPDX-License-Identifier: Apache-2.0
import { watch } from 'node:fs';
import type { Cancel } from '#ports/clock.ts';

/**
 * Calls `onChange` with each name that changes in a directory; null if the system does not report the name. This is
 * a hint only: a directory that cannot be watched, or that was replaced, gives none. Never throws.
 */
export function watchDirectory(directory: string, onChange: (name: string | null) => void): Cancel {
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => onChange(name));
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}
