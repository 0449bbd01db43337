// SPDX-License-Identifier: Apache-2.0
import { type Stats, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Cancel, Clock } from '#ports/clock.ts';
import { Debounce } from '#timing/debounce.ts';
import { watchDirectory } from './directory-hints.ts';

/** The interval between two polls, which find what the hints miss: one `stat` of the file and one of its directory. */
const pollMs = 800;
/** An editor writes a file in several steps; a file that is read between them may be incomplete. */
const settleMs = 50;

export interface FollowedFile {
  readonly path: string;
  readonly clock: Clock;
}

/**
 * Calls `onHint` when the content of a file may have changed, or the file appeared or disappeared: written in place,
 * renamed over, or replaced behind the links of a mounted ConfigMap, in which the kubelet swaps `..data`
 * (pkg/volume/util/atomic_writer.go); also when its directory was replaced. Returns a function that stops this.
 */
export function followFile({ path, clock }: FollowedFile, onHint: () => void): () => void {
  const follower = new FileFollower(path, clock, onHint);
  return () => follower.stop();
}

class FileFollower {
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
    const directory = dirname(this.path);
    const identity = statText(directory, ['dev', 'ino', 'birthtimeMs']);
    if (identity === this.watchedDirectory) return;
    this.stopWatching();
    this.watchedDirectory = identity;
    this.stopWatching = watchDirectory(directory, (name) => {
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

/** Differs whenever the content may differ; null if there is no file. */
function stateOf(path: string): string | null {
  return statText(path, ['dev', 'ino', 'size', 'mtimeMs', 'ctimeMs']);
}

function statText(path: string, fields: readonly (keyof Stats)[]): string | null {
  try {
    const stats = statSync(path);
    return fields.map((field) => stats[field]).join(':');
  } catch {
    return null;
  }
}
