// SPDX-License-Identifier: Apache-2.0
import { basename, join } from 'node:path';
import { messageOf } from '#domain/problem/problem.ts';
import type { LogLevel } from '#ports/logger.ts';
import { Timers } from '#timing/timers.ts';
import { PluginServer } from '../serving/plugin-server.ts';
import type { ResourceAnswers } from '../serving/resource-answers.ts';
import { fileIdentity } from '../sockets/file-state.ts';
import type { EndCause, GenerationEnd } from './generation-end.ts';
import { GenerationReport } from './generation-report.ts';
import { GenerationWatch } from './generation-watch.ts';
import { KubeletContact } from './kubelet-contact.ts';
import type { OtherInstances } from '../sockets/other-instances.ts';
import { registerWithKubelet } from './register-call.ts';
import { type InstanceParts, type RegistrationMethod, directoryOf, kubeletSocketOf } from './parts.ts';
import { socketName } from '../sockets/socket-name.ts';

/** How long the kubelet may take to open its stream after a successful Register, or after GetInfo. */
const streamMs = 3_000;
/** How long calls that are under way may take when a generation ends. */
const graceMs = 150;

export interface GenerationOptions {
  readonly method: RegistrationMethod;
  readonly otherInstances: OtherInstances;
  /** Whether to end with `not-contacted` when no kubelet makes contact by this method. */
  readonly maySwitchMethod: () => boolean;
  /** Whether to register with a kubelet.sock that exists without a probe, to save time at startup. */
  readonly skipsProbe: boolean;
  /** The level of the log line for a successful registration. */
  readonly registeredLevel: LogLevel;
}

/**
 * One server on one fresh socket name, with at most one Register. It ends at the first sign that the kubelet has lost
 * it: a generation is never repaired, only replaced.
 */
export class Generation {
  private readonly socketPath: string;
  private readonly kubeletSocket: string;
  private readonly server: PluginServer;
  private readonly contact: KubeletContact;
  private readonly watch: GenerationWatch;
  private readonly report: GenerationReport;
  private readonly timers: Timers;
  private readonly ending = new AbortController();
  private readonly ended: Promise<GenerationEnd>;
  private resolveEnded: (end: GenerationEnd) => void = () => {};
  private servingSince: number | null = null;

  constructor(
    private readonly parts: InstanceParts,
    private readonly answers: ResourceAnswers,
    private readonly options: GenerationOptions,
  ) {
    const { directories, instance, random, clock } = parts;
    const { resource } = answers.offer;
    this.socketPath = join(directoryOf(options.method, directories), socketName(resource, instance, random));
    this.kubeletSocket = kubeletSocketOf(directories);
    this.timers = new Timers(clock);
    this.report = new GenerationReport(parts, resource, options.method);
    this.server = new PluginServer(this.socketPath, answers, {
      listOpened: () => this.serving(),
      listEnded: () => this.end('connection-lost', 'the kubelet ended the ListAndWatch stream'),
      infoRequested: () => this.expectStream('GetInfo was answered'),
      registrationNotified: (error) => this.registrationAnswered(error),
      granted: () => this.report.granted(),
      refused: (reason) => this.report.refused(reason),
    });
    this.contact = new KubeletContact(parts, {
      ...options,
      signal: this.ending.signal,
      onWaiting: (reason) => this.report.waiting(reason),
      onNotContacted: (reason) => this.end('not-contacted', reason),
    });
    this.watch = new GenerationWatch(parts, {
      ...options,
      pluginSocket: this.socketPath,
      isServing: () => this.servingSince !== null,
      onHint: () => this.contact.hinted(),
      onLoss: (cause, reason) => this.end(cause, reason),
    });
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  /** Runs from start to end. Never rejects. Afterwards nothing is left of it but what `staleSockets` removes. */
  async run(): Promise<GenerationEnd> {
    try {
      await this.open();
      return await this.ended;
    } finally {
      if (this.servingSince !== null) this.report.unregistered();
      this.watch.stop();
      this.timers.stop();
      await this.server.close(this.parts.clock, graceMs);
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
   * before our socket. In the registry directory it deletes nothing and dials at once what it finds, so there our
   * socket waits for the kubelet.
   */
  private async open(): Promise<void> {
    const kubelet =
      this.options.method === 'device-plugins'
        ? await this.awaitKubeletSocket()
        : await this.contact.awaitRegistryDirectory();
    this.watch.check();
    if (this.isEnded || !(await this.bind())) return;
    this.watch.followHints();
    if (kubelet === null) this.contact.awaitPluginWatcher();
    else void this.register(kubelet);
  }

  /** Resolves to the identity of the kubelet.sock to register with; null if the generation has ended. */
  private async awaitKubeletSocket(): Promise<string | null> {
    const present = fileIdentity(this.kubeletSocket);
    if (this.options.skipsProbe && present !== null) return present;
    this.watch.followHints();
    return await this.contact.awaitKubeletSocket();
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

  private async register(kubeletIdentity: string): Promise<void> {
    this.watch.kubeletContacted(kubeletIdentity);
    await this.contact.waitForOlderInstances();
    if (this.isEnded) return;
    const registration = {
      kubeletSocket: this.kubeletSocket,
      endpoint: basename(this.socketPath),
      resource: this.answers.offer.resource,
      options: this.answers.options,
    };
    const refusal = await registerWithKubelet(registration, this.ending.signal);
    this.registrationAnswered(refusal);
    if (refusal === null) this.expectStream('Register succeeded');
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
    this.watch.kubeletContacted(fileIdentity(this.kubeletSocket));
    this.report.registered(this.options.registeredLevel, this.answers.offer.shares.length, this.socketPath);
  }
}
