// SPDX-License-Identifier: Apache-2.0
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { watchDirectory } from '#adapters/host/directory-hints.ts';
import type { Cancel, Clock } from '#ports/clock.ts';

/** Between two looks at the file itself, which are the net under the hints: one `stat` of it and one of its directory. */
const lookMs = 800;
/** An editor's steps come within this; a file that is read between them is half a file. */
const settleMs = 50;

/**
 * Calls `onHint` when a file may hold something else, goes or comes: written in place, renamed over, or behind the links of a
 * mounted ConfigMap, of which the kubelet swaps `..data` (pkg/volume/util/atomic_writer.go); also when its directory is
 * replaced. Returns what ends it.
 */
export function followFile(path: string, clock: Clock, onHint: () => void): () => void {
  const followed = new FollowedFile(path, clock, onHint);
  return () => followed.stop();
}

class FollowedFile {
  private readonly directory: string;
  private seen: string | null;
  private watched: string | null = null;
  private stopWatching: () => void = () => {};
  private cancelLook: Cancel = () => {};
  private cancelHint: Cancel | null = null;

  constructor(
    private readonly path: string,
    private readonly clock: Clock,
    private readonly onHint: () => void,
  ) {
    this.directory = dirname(path);
    this.seen = stateOf(path);
    this.arm();
    this.lookLater();
  }

  stop(): void {
    this.stopWatching();
    this.cancelLook();
    this.cancelHint?.();
  }

  /** A watch stays with the directory that was there, so that one that is replaced needs another. */
  private arm(): void {
    const identity = identityOf(this.directory);
    if (identity === this.watched) return;
    this.stopWatching();
    this.watched = identity;
    this.stopWatching = watchDirectory(this.directory, (name) => {
      if (name === null || name === basename(this.path) || name === '..data') this.hintSoon();
    });
  }

  private lookLater(): void {
    this.cancelLook = this.clock.after(lookMs, () => {
      this.lookLater();
      this.arm();
      if (stateOf(this.path) !== this.seen) this.hintSoon();
    });
  }

  private hintSoon(): void {
    this.cancelHint ??= this.clock.after(settleMs, () => {
      this.cancelHint = null;
      this.seen = stateOf(this.path);
      this.onHint();
    });
  }
}

/** Differs when the content may differ; null where no file is. */
function stateOf(path: string): string | null {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;
  } catch {
    return null;
  }
}

function identityOf(directory: string): string | null {
  try {
    const { dev, ino, birthtimeMs } = statSync(directory);
    return `${dev}:${ino}:${birthtimeMs}`;
  } catch {
    return null;
  }
}
