// SPDX-License-Identifier: Apache-2.0
import { type Stats, stat } from 'node:fs';
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
 * (pkg/volume/util/atomic_writer.go); also when its directory was replaced, and once when the watch has begun, for
 * changes before that. Returns a function that stops this. A file system that hangs stops the hints only.
 */
export function followFile({ path, clock }: FollowedFile, onHint: () => void): () => void {
  const follower = new FileFollower(path, clock, onHint);
  void follower.poll();
  return () => follower.stop();
}

class FileFollower {
  private readonly hint: Debounce;
  /** The state of the file at the last poll or hint, or null before the first. */
  private lastState: string | null = null;
  private watchedDirectory = '';
  private stopWatching: () => void = () => {};
  private cancelPoll: Cancel = () => {};
  private stopped = false;

  constructor(
    private readonly path: string,
    private readonly clock: Clock,
    private readonly onHint: () => void,
  ) {
    this.hint = new Debounce(clock, settleMs, () => void this.hintNow());
  }

  /** Polls now and from then on. The next poll waits until this one has ended, which may be never. */
  async poll(): Promise<void> {
    const directory = dirname(this.path);
    const identity = await statText(directory, ['dev', 'ino', 'birthtimeMs']);
    if (this.stopped) return;
    if (identity !== this.watchedDirectory) this.watch(directory, identity);
    const state = await stateOf(this.path);
    if (this.stopped) return;
    if (state !== this.lastState) this.hint.trigger();
    this.lastState = state;
    this.cancelPoll = this.clock.after(pollMs, () => void this.poll());
  }

  stop(): void {
    this.stopped = true;
    this.stopWatching();
    this.cancelPoll();
    this.hint.stop();
  }

  /** Takes the state first, so that the next poll does not hint at the same change again. */
  private async hintNow(): Promise<void> {
    this.lastState = await stateOf(this.path);
    if (!this.stopped) this.onHint();
  }

  /** A watch stays with the directory that it was created for, so a replaced directory needs a new one. */
  private watch(directory: string, identity: string): void {
    this.stopWatching();
    this.watchedDirectory = identity;
    this.stopWatching = watchDirectory(directory, (name) => {
      if (name === null || name === basename(this.path) || name === '..data') this.hint.trigger();
    });
  }
}

/** Resolves to a text that differs whenever the content may differ. */
function stateOf(path: string): Promise<string> {
  return statText(path, ['dev', 'ino', 'size', 'mtimeMs', 'ctimeMs']);
}

/** Resolves to a text that differs whenever these fields do; `absent` if there is no file. Never rejects. */
function statText(path: string, fields: readonly (keyof Stats)[]): Promise<string> {
  return new Promise((resolve) => {
    stat(path, (error, stats) => resolve(error === null ? fields.map((field) => stats[field]).join(':') : 'absent'));
  });
}
