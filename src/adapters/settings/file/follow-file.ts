// SPDX-License-Identifier: Apache-2.0
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { watchDirectory } from '#adapters/host/directory-hints.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import { Debounce } from '#timing/debounce.ts';

/** The interval between two polls, which find what the hints miss: one `stat` of the file and one of its directory. */
const pollMs = 800;
/** An editor writes a file in several steps; a file that is read between them may be incomplete. */
const settleMs = 50;

/**
 * Calls `onHint` when the content of a file may have changed, or the file appeared or disappeared: written in place,
 * renamed over, or replaced behind the links of a mounted ConfigMap, in which the kubelet swaps `..data`
 * (pkg/volume/util/atomic_writer.go); also when its directory was replaced. Returns a function that stops this.
 */
export function followFile(path: string, clock: Clock, onHint: () => void): () => void {
  const followed = new FollowedFile(path, clock, onHint);
  return () => followed.stop();
}

class FollowedFile {
  private readonly directory: string;
  private readonly hint: Debounce;
  private lastState: string | null;
  private watchedDirectory: string | null = null;
  private stopWatching: () => void = () => {};
  private cancelPoll: Cancel = () => {};

  constructor(
    private readonly path: string,
    private readonly clock: Clock,
    onHint: () => void,
  ) {
    this.directory = dirname(path);
    this.lastState = stateOf(path);
    this.hint = new Debounce(clock, settleMs, () => {
      this.lastState = stateOf(path);
      onHint();
    });
    this.watch();
    this.pollLater();
  }

  stop(): void {
    this.stopWatching();
    this.cancelPoll();
    this.hint.stop();
  }

  /** A watch stays with the directory that it was created for, so a replaced directory needs a new one. */
  private watch(): void {
    const identity = identityOf(this.directory);
    if (identity === this.watchedDirectory) return;
    this.stopWatching();
    this.watchedDirectory = identity;
    this.stopWatching = watchDirectory(this.directory, (name) => {
      if (name === null || name === basename(this.path) || name === '..data') this.hint.trigger();
    });
  }

  private pollLater(): void {
    this.cancelPoll = this.clock.after(pollMs, () => {
      this.pollLater();
      this.watch();
      if (stateOf(this.path) !== this.lastState) this.hint.trigger();
    });
  }
}

/** Differs whenever the content may differ; null where there is no file. */
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
