// SPDX-License-Identifier: Apache-2.0
import { Timers } from '#timing/timers.ts';
import { fileIdentity } from '../sockets/file-state.ts';
import type { EndCause } from './back-off.ts';
import type { ResourceParts } from './parts.ts';

/** The interval between two checks when there is no hint. */
const checkMs = 1_000;

/**
 * Notices when a generation loses what it depends on: its own socket, the kubelet's socket, or its place to a newer
 * instance of this program.
 */
export class GenerationWatch {
  private readonly timers: Timers;
  private pluginIdentity: string | null = null;
  private kubeletIdentity: string | null = null;
  private isServing = false;

  constructor(
    private readonly parts: ResourceParts,
    private readonly pluginSocket: string,
    private readonly onLoss: (cause: EndCause, reason: string) => void,
  ) {
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

  /** The kubelet opened the ListAndWatch stream. */
  streamOpened(): void {
    this.isServing = true;
    this.kubeletContacted(this.parts.kubeletSocket.identity);
  }

  /** From now on the plugin socket must remain, and everything is checked every second. */
  pluginSocketBound(): void {
    this.pluginIdentity = fileIdentity(this.pluginSocket);
    this.checkLater();
  }

  check(): void {
    this.parts.staleSockets.sweep();
    if (this.pluginIdentity !== null && fileIdentity(this.pluginSocket) !== this.pluginIdentity)
      this.onLoss('connection-lost', 'the plugin socket was removed or replaced');
    if (this.parts.method.current === 'device-plugins' && this.isKubeletSocketLost())
      this.onLoss('connection-lost', 'kubelet.sock was removed or replaced');
    void this.checkNewerInstance();
  }

  stop(): void {
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
    const present = this.parts.kubeletSocket.identity;
    if (this.kubeletIdentity === null || present === this.kubeletIdentity) return false;
    return present !== null || !this.isServing;
  }

  private async checkNewerInstance(): Promise<void> {
    const newer = await this.parts.otherInstances.newer();
    if (newer !== null) this.onLoss('superseded', `a newer instance of this program serves the resource on ${newer}`);
  }
}
