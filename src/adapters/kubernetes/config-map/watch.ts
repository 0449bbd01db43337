// SPDX-License-Identifier: Apache-2.0
import { ProblemError } from '#domain/problem/problem.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import { type Answer, type ApiClient, type OpenWatch, isAway } from '../api/client.ts';
import { member } from '../api/value.ts';
import type { ConfigMapName } from '../api/problems.ts';
import { type WatchEnding, type WatchPace, WatchPauses } from './watch-pace.ts';

/** The server counts the time of a watch from a little earlier than we do. */
const graceMs = 1_000;

/** So many refusals in a row come to at least three and a half seconds: a server on a busy machine takes its time to know its roles. */
const refusalsBelieved = 5;

export interface WatchParts<W> {
  readonly client: ApiClient;
  readonly configMap: ConfigMapName;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pace: WatchPace;
  /** The object as it is now, and its version; null where there is none. */
  readonly ask: () => Promise<{ readonly word: W; readonly version: string | null }>;
  /** What an object from the watch says; `null` is one that was deleted. */
  readonly wordOf: (object: unknown) => W;
  /** What it says that nobody answered, or one who has too much to do. */
  readonly wordOfAbsence: (absence: ProblemError | Answer) => W;
}

export interface WatchEvents<W> {
  word(word: W): void;
  /** The server answers, and opens no watch; null when it opens one again. */
  refused(answer: Answer | null): void;
}

/**
 * Keeps a watch on one ConfigMap open until it is stopped, and gives the newest word on it. A watch goes on from the version of the one before. The
 * first, and one after a failure, begins with the object as it is: a version of the object itself may be older than what the server remembers.
 */
export class ConfigMapWatch<W> {
  private stopped = false;
  private open: OpenWatch | null = null;
  /** From where a watch goes on; null where it begins with the object. */
  private version: string | null = null;
  /** The version of the object that the last word was of. */
  private known: string | null = null;
  /** How many have told of the object. */
  private events = 0;
  private failed = false;
  /** How many answers in a row opened no watch. */
  private refusals = 0;
  private readonly pauses: WatchPauses;
  private wake: () => void = () => {};

  constructor(
    private readonly parts: WatchParts<W>,
    private readonly on: WatchEvents<W>,
  ) {
    this.pauses = new WatchPauses(parts.pace, parts.random);
  }

  /** `known` is the version of the object that is known already; null where none is. */
  start(known: string | null): void {
    this.known = known;
    void this.run();
  }

  stop(): void {
    this.stopped = true;
    this.open?.stop();
    this.wake();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const ending = await this.watchOnce();
      // What was said meanwhile is that it failed, and only the object itself takes that back.
      if (ending.kind === 'refused' || ending.kind === 'away') this.version = null;
      if (!this.stopped) await this.pause(this.pauses.after(ending));
    }
  }

  /** One watch from its beginning to its end. */
  private async watchOnce(): Promise<WatchEnding> {
    const { random, pace } = this.parts;
    const seconds = Math.round(pace.watchSeconds.least + random() * (pace.watchSeconds.most - pace.watchSeconds.least));
    const opened = await this.openWatch(seconds);
    if (opened instanceof ProblemError) return this.absent(opened, 0);
    if ('status' in opened) return await this.turnedAway(opened);
    return await this.follow(opened, seconds);
  }

  private async follow(opened: OpenWatch, seconds: number): Promise<WatchEnding> {
    const { clock, pace } = this.parts;
    if (this.stopped) opened.stop();
    else this.on.refused(null);
    this.open = opened;
    this.failed = false;
    this.refusals = 0;
    const [since, { events }, cancel] = [clock.now(), this, this.version === null ? this.lookIfSilent() : () => {}];
    await opened.ended;
    cancel();
    this.open = null;
    const lasted = clock.now() - since;
    if (this.failed) return { kind: 'refused' };
    if (lasted > pace.pauseMs.refused) return { kind: lasted >= seconds * 1_000 - graceMs ? 'over' : 'broken' };
    // Whatever this was, it may not have been an API server.
    if (this.events === events && !this.stopped) await this.look();
    return { kind: 'refused' };
  }

  private absent(absence: ProblemError | Answer, retryAfterMs: number): WatchEnding {
    this.say(this.parts.wordOfAbsence(absence));
    return { kind: 'away', retryAfterMs };
  }

  private async turnedAway(answer: Answer): Promise<WatchEnding> {
    if (isAway(answer.status)) return this.absent(answer, answer.retryAfterMs);
    // 410 says only that the version is too old.
    if (answer.status !== 410 && this.isBelieved(answer)) {
      await this.look();
      if (!this.stopped) this.on.refused(answer);
    }
    return { kind: 'refused' };
  }

  /** An API server that has just started serves before it knows its roles and accounts, and then refuses everybody for a moment. */
  private isBelieved({ status }: Answer): boolean {
    this.refusals += 1;
    return !this.stopped && ((status !== 401 && status !== 403) || this.refusals >= refusalsBelieved);
  }

  /** A watch that begins with the object says nothing of one that is not there. */
  private lookIfSilent(): Cancel {
    const { events } = this;
    return this.parts.clock.after(this.parts.pace.silenceMs, () => {
      if (this.events === events) void this.look();
    });
  }

  /** Asks for the object. An event that comes meanwhile is newer than the answer. */
  private async look(): Promise<void> {
    const { events } = this;
    const { word, version } = await this.parts.ask();
    if (this.events !== events) return;
    this.known = version;
    this.say(word);
  }

  private say(word: W): void {
    if (!this.stopped) this.on.word(word);
  }

  private async openWatch(seconds: number): Promise<OpenWatch | Answer | ProblemError> {
    const { client, configMap, pace } = this.parts;
    const query = new URLSearchParams({
      watch: '1',
      fieldSelector: `metadata.name=${configMap.name}`,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
      ...(this.version === null ? {} : { resourceVersion: this.version }),
    });
    try {
      return await client.watch(
        `/api/v1/namespaces/${encodeURIComponent(configMap.namespace)}/configmaps?${query.toString()}`,
        pace.idleMs,
        (event) => this.take(event),
      );
    } catch (error) {
      if (error instanceof ProblemError) return error;
      throw error;
    }
  }

  private take(event: unknown): void {
    if (this.stopped) return;
    const object = member(event, 'object');
    const version = versionOf(object);
    switch (member(event, 'type')) {
      case 'ADDED':
      case 'MODIFIED':
        return this.takeObject(object, version);
      case 'DELETED':
        return this.tell(this.parts.wordOf(null), version);
      case 'BOOKMARK':
        this.version = version ?? this.version;
        return;
      default:
        // 410 and every other error: the watch cannot go on from here.
        this.failed = true;
        this.open?.stop();
    }
  }

  /** A server that lags behind the one that was asked before begins with an older object; a cluster brought back from a copy has no other. */
  private takeObject(object: unknown, version: string | null): void {
    if (isOlder(version, this.known)) void this.look();
    else this.tell(this.parts.wordOf(object), version);
  }

  private tell(word: W, version: string | null): void {
    this.version = version ?? this.version;
    this.known = version ?? this.known;
    this.events += 1;
    this.say(word);
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

/** The resourceVersion of an object as the API gives it; null where it has none. */
export function versionOf(object: unknown): string | null {
  const version = member(member(object, 'metadata'), 'resourceVersion');
  return typeof version === 'string' && version !== '' ? version : null;
}

/** Versions of one kind of object are decimal numbers that grow (CompareResourceVersion in Kubernetes' apimachinery); of others nothing is said. */
function isOlder(version: string | null, than: string | null): boolean {
  const isNumber = (text: string | null): text is string => text !== null && /^\d+$/.test(text);
  return isNumber(version) && isNumber(than) && BigInt(version) < BigInt(than);
}
