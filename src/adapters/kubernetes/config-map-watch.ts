// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';
import { ProblemError } from '#domain/errors.ts';
import type { Answer, ApiClient, OpenWatch } from './api-client.ts';
import { member } from './config-map-value.ts';
import type { ConfigMapName } from './kubernetes-problems.ts';

/** An API server ends a watch after as long as it is asked to; each node asks for another time, so that they do not come back together. */
const watchSeconds = { least: 300, most: 600 };
/** Bookmarks come once a minute: a watch that is silent for longer hangs. */
const idleMs = 180_000;
/** The pause after a failure doubles from one to the next, with jitter of half both ways. */
const pauseMs = { first: 500, longest: 30_000 };
/** Before a watch that has ended well is opened again: nodes that lost it at the same moment come back over this time. */
const reopenMs = 1_000;

export interface WatchParts<W> {
  readonly client: ApiClient;
  readonly configMap: ConfigMapName;
  readonly clock: Clock;
  readonly random: () => number;
  /** The object as it is now, and the version from which a watch goes on. */
  readonly ask: () => Promise<{ readonly word: W; readonly version: string | null }>;
  /** What an object from the watch says; `null` is one that was deleted. */
  readonly wordOf: (object: unknown) => W;
}

export interface WatchEvents<W> {
  word(word: W): void;
  /** The server answers, and opens no watch; null when it opens one again. */
  refused(answer: Answer | null): void;
}

/**
 * Keeps a watch on one ConfigMap open until it is stopped, and gives the newest word on it. A watch that cannot go on where it ended
 * (410), or ended badly, begins anew, without a version: that of the object itself may be so old that the server has forgotten it.
 */
export class ConfigMapWatch<W> {
  private stopped = false;
  private open: OpenWatch | null = null;
  private version: string | null = null;
  private failures = 0;
  /** How many have told of the object. */
  private events = 0;
  private wake: () => void = () => {};

  constructor(
    private readonly parts: WatchParts<W>,
    private readonly on: WatchEvents<W>,
  ) {}

  /** `version` is that of what is known already; null where nothing is. */
  start(version: string | null): void {
    this.version = version;
    void this.run();
  }

  stop(): void {
    this.stopped = true;
    this.open?.stop();
    this.wake();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const good = await this.watchOnce();
      this.failures = good ? 0 : this.failures + 1;
      if (!good) this.version = null;
      if (!this.stopped) await this.pause(good ? reopenMs * this.parts.random() : this.backOffMs());
    }
  }

  /** Asks for the object. An event that comes meanwhile is newer than the answer. */
  private async look(): Promise<void> {
    const { events } = this;
    const { word, version } = await this.parts.ask();
    if (this.stopped || this.events !== events) return;
    this.version ??= version;
    this.on.word(word);
  }

  /** One watch from its beginning to its end. False when it could not be opened or broke. */
  private async watchOnce(): Promise<boolean> {
    const isAnew = this.version === null;
    const opened = await this.openWatch();
    if (this.stopped) {
      if (opened !== null && !('status' in opened)) opened.stop();
      return true;
    }
    // 410 says only that the version is too old.
    if (opened === null || 'status' in opened) {
      if (opened !== null && opened.status !== 410) this.on.refused(opened);
      if (opened?.status !== 410) await this.look();
      return false;
    }
    this.on.refused(null);
    this.open = opened;
    const since = this.parts.clock.now();
    // A watch without a version begins with the object as it is, and says nothing of one that is not there.
    if (isAnew) await this.look();
    await opened.ended;
    this.open = null;
    // One that was open for a while did its work, however it ended.
    return this.version !== null && this.parts.clock.now() - since > pauseMs.first;
  }

  private async openWatch(): Promise<OpenWatch | Answer | null> {
    const { client, configMap, random } = this.parts;
    const seconds = Math.round(watchSeconds.least + random() * (watchSeconds.most - watchSeconds.least));
    const query = new URLSearchParams({
      watch: '1',
      fieldSelector: `metadata.name=${configMap.name}`,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
      ...(this.version === null ? {} : { resourceVersion: this.version }),
    });
    try {
      return await client.watch(`/api/v1/namespaces/${encodeURIComponent(configMap.namespace)}/configmaps?${query.toString()}`, idleMs, (event) => this.take(event));
    } catch (error) {
      if (error instanceof ProblemError) return null;
      throw error;
    }
  }

  private take(event: unknown): void {
    if (this.stopped) return;
    const object = member(event, 'object');
    const version = member(member(object, 'metadata'), 'resourceVersion');
    switch (member(event, 'type')) {
      case 'ADDED':
      case 'MODIFIED':
        this.note(version);
        this.events += 1;
        this.on.word(this.parts.wordOf(object));
        return;
      case 'DELETED':
        this.note(version);
        this.events += 1;
        this.on.word(this.parts.wordOf(null));
        return;
      case 'BOOKMARK':
        this.note(version);
        return;
      default:
        // 410 and every other error: the watch cannot go on from here.
        this.version = null;
        this.open?.stop();
    }
  }

  private note(version: unknown): void {
    if (typeof version === 'string' && version !== '') this.version = version;
  }

  private backOffMs(): number {
    const delay = Math.min(pauseMs.first * 2 ** Math.min(this.failures - 1, 10), pauseMs.longest);
    return delay * (0.5 + this.parts.random());
  }

  private async pause(ms: number): Promise<void> {
    let cancel: Cancel = () => {};
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      cancel = this.parts.clock.after(ms, resolve);
    });
    cancel();
  }
}
