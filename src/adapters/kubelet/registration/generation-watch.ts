// SPDX-License-Identifier: Apache-2.0
import { Timers } from '#timing/timers.ts';
import { fileIdentity } from '../sockets/file-state.ts';
import type { EndCause } from './generation-end.ts';
import type { OtherInstances } from '../sockets/other-instances.ts';
import { type InstanceParts, type RegistrationMethod, kubeletSocketOf } from './parts.ts';

/** Between two checks when no hint comes. */
const checkMs = 1_000;

export interface WatchOptions {
  readonly method: RegistrationMethod;
  readonly pluginSocket: string;
  readonly otherInstances: OtherInstances;
  readonly isServing: () => boolean;
  readonly onHint: () => void;
  readonly onLoss: (cause: EndCause, reason: string) => void;
}

/**
 * Notices when a generation loses what it depends on: its own socket, the kubelet's socket, or its place to a newer
 * instance of this program.
 */
export class GenerationWatch {
  private readonly kubeletSocket: string;
  private readonly timers: Timers;
  private pluginIdentity: string | null = null;
  private kubeletIdentity: string | null = null;
  private stopHints: (() => void) | null = null;

  constructor(
    private readonly parts: InstanceParts,
    private readonly options: WatchOptions,
  ) {
    this.kubeletSocket = kubeletSocketOf(parts.directories);
    this.timers = new Timers(parts.clock);
  }

  /** The identity of kubelet.sock when the kubelet made contact; null if it has not, or if there was no such file. */
  get kubelet(): string | null {
    return this.kubeletIdentity;
  }

  /** From now on kubelet.sock must remain this one. */
  kubeletContacted(identity: string | null): void {
    this.kubeletIdentity ??= identity;
  }

  /** From now on the plugin socket must remain, and everything is checked every second. */
  pluginSocketBound(): void {
    this.pluginIdentity = fileIdentity(this.options.pluginSocket);
    this.checkLater();
  }

  /** From now on changes in the directories of the kubelet lead to a check. */
  followHints(): void {
    this.stopHints ??= this.parts.watchDirectories(() => {
      this.options.onHint();
      this.check();
    });
  }

  check(): void {
    this.parts.staleSockets.sweep();
    if (this.pluginIdentity !== null && fileIdentity(this.options.pluginSocket) !== this.pluginIdentity)
      this.options.onLoss('connection-lost', 'the plugin socket was removed or replaced');
    if (this.options.method === 'device-plugins' && this.isKubeletSocketLost())
      this.options.onLoss('connection-lost', 'kubelet.sock was removed or replaced');
    void this.checkNewerInstance();
  }

  stop(): void {
    this.stopHints?.();
    this.timers.stop();
  }

  private checkLater(): void {
    this.timers.set('check', checkMs, () => {
      this.check();
      this.checkLater();
    });
  }

  /**
   * A missing kubelet.sock does not matter while the stream is open: the kubelet needs the file only for new plugins,
   * and may create it again while it runs (cm/devicemanager/plugin/v1beta1/server.go).
   */
  private isKubeletSocketLost(): boolean {
    const present = fileIdentity(this.kubeletSocket);
    if (this.kubeletIdentity === null || present === this.kubeletIdentity) return false;
    return present !== null || !this.options.isServing();
  }

  private async checkNewerInstance(): Promise<void> {
    const newer = await this.options.otherInstances.newer();
    if (newer !== null)
      this.options.onLoss('superseded', `a newer instance of this program serves the resource on ${newer}`);
  }
}
