// SPDX-License-Identifier: Apache-2.0
import { basename, join } from 'node:path';
import { DEVICE_PLUGIN_API_VERSION } from '#adapters/kubelet-api/services.ts';
import { countShares } from '#domain/offer/share.ts';
import { messageOf } from '#domain/problem/problem.ts';
import { Timers } from '#timing/timers.ts';
import { PluginServer, type PluginServerEvents } from '../serving/plugin-server.ts';
import { socketName } from '../sockets/socket-name.ts';
import type { EndCause, GenerationEnd } from './back-off.ts';
import { GenerationWatch } from './generation-watch.ts';
import { KubeletContact } from './kubelet-contact.ts';
import type { ResourceParts } from './parts.ts';

/** How long the kubelet may take to open its stream after a successful Register, or after GetInfo. */
const streamMs = 3_000;
/** How long calls that are under way may take when a generation ends. */
const graceMs = 150;

/**
 * One server on one fresh socket name, with at most one Register. It ends at the first sign that the kubelet has lost
 * it: a generation is never repaired, only replaced.
 */
export class Generation {
  private readonly socketPath: string;
  private readonly server: PluginServer;
  private readonly contact: KubeletContact;
  private readonly watch: GenerationWatch;
  private readonly timers: Timers;
  private readonly ending = new AbortController();
  private resolveEnded: (end: GenerationEnd) => void = () => {};
  private readonly ended = new Promise<GenerationEnd>((resolve) => {
    this.resolveEnded = resolve;
  });
  private servingSince: number | null = null;
  private stopHints: (() => void) | null = null;

  /** `skipsProbe`: whether to register with a kubelet.sock that exists without a probe. */
  constructor(
    private readonly parts: ResourceParts,
    private readonly skipsProbe: boolean,
  ) {
    const { answers, clock, instance, method, random, report } = parts;
    this.socketPath = join(method.directory, socketName(answers.offer.resource, instance, random));
    this.timers = new Timers(clock);
    const events: PluginServerEvents = {
      listOpened: () => this.serving(),
      listEnded: () => this.end('connection-lost', 'the kubelet ended the ListAndWatch stream'),
      infoRequested: () => this.expectStream('GetInfo was answered'),
      registrationNotified: (error) => this.registrationAnswered(error),
      granted: (seconds) => report.allocated({ result: 'granted', seconds }),
      refused: (seconds, reason) => this.allocateRefused(seconds, reason),
    };
    this.server = new PluginServer(this.socketPath, answers, events, clock);
    this.contact = new KubeletContact(parts, this.ending.signal, (reason) => this.end('not-contacted', reason));
    this.watch = new GenerationWatch(parts, this.socketPath, (cause, reason) => this.end(cause, reason));
  }

  /** Serves until the generation ends. Never rejects. At most a socket is left, which `staleSockets` removes. */
  async run(): Promise<GenerationEnd> {
    try {
      await this.open();
      return await this.ended;
    } finally {
      if (this.servingSince !== null) this.parts.report.count('unregistered');
      this.stopHints?.();
      this.watch.stop();
      this.timers.stop();
      await this.server.close(graceMs);
      this.parts.staleSockets.release(this.socketPath);
      this.parts.staleSockets.sweep();
    }
  }

  sendList(): void {
    this.server.sendList();
  }

  end(cause: EndCause, reason: string): void {
    if (this.isEnded) return;
    this.ending.abort();
    const servedMs = this.servingSince === null ? 0 : this.parts.clock.now() - this.servingSince;
    this.resolveEnded({ cause, reason, servedMs, kubeletIdentity: this.watch.kubelet });
  }

  private get isEnded(): boolean {
    return this.ending.signal.aborted;
  }

  /**
   * A kubelet that starts deletes all sockets next to kubelet.sock, so with `device-plugins` the kubelet must be there
   * before our socket. In the registry directory it deletes nothing and immediately dials what it finds, so there our
   * socket waits for the kubelet.
   */
  private async open(): Promise<void> {
    const kubelet =
      this.parts.method.current === 'device-plugins'
        ? await this.awaitKubeletSocket()
        : await this.contact.awaitRegistryDirectory();
    await this.parts.turns.next();
    // Together with the check, so that both use one listing of the directories.
    this.watch.check();
    const olderEnded = kubelet === null ? null : this.contact.waitForOlderInstances();
    if (this.isEnded || !(await this.bind())) return;
    this.followHints();
    if (kubelet === null) this.contact.awaitPluginWatcher();
    else void this.register(kubelet, olderEnded);
  }

  /** Resolves to the identity of the kubelet.sock to register with; null if the generation has ended. */
  private async awaitKubeletSocket(): Promise<string | null> {
    const present = this.parts.kubeletSocket.identity;
    if (this.skipsProbe && present !== null) return present;
    this.followHints();
    return await this.contact.awaitKubeletSocket();
  }

  /** From now on changes in the directories of the kubelet lead to a check. */
  private followHints(): void {
    this.stopHints ??= this.parts.watchDirectories(() => {
      this.contact.hinted();
      this.watch.check();
    });
  }

  private async bind(): Promise<boolean> {
    this.parts.staleSockets.hold(this.socketPath);
    try {
      await this.server.listen();
      this.watch.pluginSocketBound();
      return true;
    } catch (error) {
      const message = messageOf(error).replaceAll(this.socketPath, 'the path');
      this.end('bind-failed', `the plugin socket cannot be created: ${message}`);
      return false;
    }
  }

  /** Waits first until no older instance serves the resource any more. */
  private async register(kubeletIdentity: string, olderEnded: Promise<void> | null): Promise<void> {
    this.watch.kubeletContacted(kubeletIdentity);
    await olderEnded;
    if (this.isEnded) return;
    const { offer, options } = this.parts.answers;
    const endpoint = basename(this.socketPath);
    const request = { version: DEVICE_PLUGIN_API_VERSION, endpoint, resourceName: offer.resource, options };
    try {
      await this.parts.kubeletSocket.register(kubeletIdentity, request, this.ending.signal);
      this.expectStream('Register succeeded');
    } catch (error) {
      this.registrationAnswered(messageOf(error));
    }
  }

  private registrationAnswered(refusal: string | null): void {
    if (refusal !== null) this.end('refused', `the kubelet refused the registration: ${refusal}`);
  }

  private expectStream(event: string): void {
    if (this.contact.isMade) return;
    this.contact.made();
    this.timers.set('stream', streamMs, () => {
      if (this.servingSince !== null) return;
      this.end('no-stream', `the kubelet opened no ListAndWatch stream within ${streamMs / 1000} s after ${event}`);
    });
  }

  private serving(): void {
    if (this.servingSince !== null) return;
    this.servingSince = this.parts.clock.now();
    this.watch.streamOpened();
    this.parts.report.registered(countShares(this.parts.answers.offer.shares), this.socketPath);
  }

  private allocateRefused(seconds: number, reason: string): void {
    this.parts.report.allocated({ result: 'refused', seconds });
    this.parts.report.log('warning', 'Allocate refused', { reason });
  }
}
