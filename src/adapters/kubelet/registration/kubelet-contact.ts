// SPDX-License-Identifier: Apache-2.0
import { Pause } from '#timing/pause.ts';
import { Timers } from '#timing/timers.ts';
import { isDirectory } from '../sockets/file-state.ts';
import { type ProbeResult, acceptsConnections } from '../sockets/socket-probe.ts';
import type { ResourceParts } from './parts.ts';

/** How long to wait before the wait is logged and, in mode `auto`, the other registration method is tried. */
const noticeMs = 10_000;
/** The interval between checks for a kubelet that does not run. Short, because a refused connection costs nothing. */
const checkMs = 200;
/** The same for a second after a hint, because a kubelet binds its socket a moment before it listens. */
const hintedCheckMs = 20;
const hintedMs = 1_000;
/** How long an older instance of this program may take to stop. It sees our socket immediately. */
const handOverMs = 1_000;

/** Waits until a kubelet can be contacted, for one generation by one registration method. */
export class KubeletContact {
  private readonly pause: Pause;
  private readonly timers: Timers;
  private readonly startedAt: number;
  private reported = false;
  private contacted = false;
  private lastHintAt = Number.NEGATIVE_INFINITY;

  /**
   * Every wait ends when `signal` aborts. `onNotContacted` is called when the other registration method may be tried
   * because no kubelet makes contact by this one.
   */
  constructor(
    private readonly parts: ResourceParts,
    private readonly signal: AbortSignal,
    private readonly onNotContacted: (reason: string) => void,
  ) {
    this.pause = new Pause(parts.clock);
    this.timers = new Timers(parts.clock);
    this.startedAt = parts.clock.now();
    signal.addEventListener('abort', () => this.stop());
  }

  /** For `device-plugins`: waits until a kubelet answers. Resolves to the identity of its socket; null when aborted. */
  async awaitKubeletSocket(): Promise<string | null> {
    while (!this.signal.aborted) {
      const { kubeletSocket } = this.parts;
      const { identity } = kubeletSocket;
      const result = identity === null ? 'missing' : await kubeletSocket.probe(identity, this.signal);
      if (result === 'answers') return identity;
      this.reportWaiting(`${kubeletSocket.path} ${resultWords[result]}`, identity === null);
      const isHinted = this.parts.clock.now() - this.lastHintAt < hintedMs;
      await this.pauseAbout(isHinted ? hintedCheckMs : checkMs);
    }
    return null;
  }

  /** For `plugins-registry`: waits until the directory exists, which may be created or mounted later. */
  async awaitRegistryDirectory(): Promise<null> {
    const { pluginsRegistry } = this.parts.directories;
    while (!this.signal.aborted && !isDirectory(pluginsRegistry)) {
      this.reportWaiting(`${pluginsRegistry} does not exist`, true);
      await this.pauseAbout(checkMs);
    }
    return null;
  }

  /** For `plugins-registry`: reports when the plugin watcher does not contact our socket by itself. */
  awaitPluginWatcher(): void {
    this.reported = false;
    this.checkPluginWatcherLater();
  }

  /** Waits until the older instances have stopped, because the end of their streams may end our registration. */
  async waitForOlderInstances(): Promise<void> {
    const until = this.parts.clock.now() + handOverMs;
    while (!this.signal.aborted && this.parts.clock.now() < until) {
      if ((await this.parts.otherInstances.older()) === null) return;
      await this.pauseAbout(hintedCheckMs);
    }
  }

  /** Something may have changed in the kubelet's directories. */
  hinted(): void {
    this.lastHintAt = this.parts.clock.now();
    this.pause.wake();
    this.parts.kubeletSocket.changed();
  }

  get isMade(): boolean {
    return this.contacted;
  }

  /** Records that the kubelet has made contact. Ends the reports that it has not. */
  made(): void {
    this.contacted = true;
    this.timers.stop();
  }

  private stop(): void {
    this.timers.stop();
    this.pause.wake();
  }

  private reportWaiting(reason: string, isMissing: boolean): void {
    if (this.parts.clock.now() - this.startedAt < noticeMs) return;
    this.reportOnce(reason);
    if (isMissing && this.parts.method.maySwitch) this.onNotContacted(reason);
  }

  private reportOnce(reason: string): void {
    if (!this.reported) this.parts.report.log('warning', 'waiting for kubelet', { reason });
    this.reported = true;
  }

  private checkPluginWatcherLater(): void {
    this.timers.set('plugin watcher', noticeMs, () => void this.reportNotContacted());
  }

  private async reportNotContacted(): Promise<void> {
    const reason = `the kubelet has not contacted the plugin socket in ${this.parts.directories.pluginsRegistry}`;
    this.reportOnce(reason);
    const listensElsewhere = this.parts.method.maySwitch && (await acceptsConnections(this.parts.kubeletSocket.path));
    if (this.signal.aborted || this.contacted) return;
    if (listensElsewhere) this.onNotContacted(`${reason}, but it listens on ${this.parts.kubeletSocket.path}`);
    else this.checkPluginWatcherLater();
  }

  /** Waits about that long, or until the next hint. */
  private pauseAbout(ms: number): Promise<void> {
    return this.pause.wait(ms * (0.75 + this.parts.random() / 2));
  }
}

const resultWords: Readonly<Record<Exclude<ProbeResult, 'answers'> | 'missing', string>> = {
  missing: 'does not exist',
  refuses: 'refuses connections',
  silent: 'accepts connections but does not answer',
};
