// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import { basename, join } from 'node:path';
import type { Cancel } from '#ports/clock.ts';
import type { ServingEvent } from '#ports/metrics.ts';
import { Patience, patienceMs } from './patience.ts';
import { PluginServer } from '../serving/plugin-server.ts';
import { registerWithKubelet } from './register-call.ts';
import type { InstanceParts } from './instance-parts.ts';
import { type RegistrationMethod, directoryOf } from './registration-parts.ts';
import type { ResourceAnswers } from '../serving/resource-answers.ts';
import { OtherInstances } from './other-instances.ts';
import { type Reception, acceptsConnections, fileIdentity, greet, isDirectory, socketName } from './socket-file.ts';

/**
 * Why a generation ended. `stopped`: by us. `unbound`: the socket could not be made. `refused`: the kubelet said no.
 * `silent`: the kubelet did not do what follows. `unasked`: nobody came, though the kubelet can be reached the other way.
 * `lost`: it had served, or was ready to, and something that it stood on went away. `yielded`: a newer instance of this
 * program serves the resource.
 */
export type EndCause = 'stopped' | 'unbound' | 'refused' | 'silent' | 'unasked' | 'lost' | 'yielded';

/**
 * `servedMs` is how long a ListAndWatch stream was open; 0 when none ever was. `kubelet` is the identity of the kubelet.sock
 * of the kubelet that opened it; null where there was none to see.
 */
export interface GenerationEnd {
  readonly cause: EndCause;
  readonly reason: string;
  readonly servedMs: number;
  readonly kubelet: string | null;
}

/** Between two looks at the files that a generation stands on, when no hint comes. */
const checkMs = 1_000;
/** Between two tries to reach a kubelet that is not there: short, because a connection that is refused costs nothing. */
const probeMs = 200;
/** The same while hints say that something moves: a kubelet binds its socket a moment before it listens. */
const eagerProbeMs = 20;
const eagerMs = 1_000;
/** How long after a good Register, or after GetInfo, the kubelet may take to open its stream. */
const streamMs = 3_000;
/** How long a kubelet may take to answer a connection before it is tried again. */
const answerMs = 5_000;

/** How long an older instance of this program may take to leave; it is told by our socket, which it sees at once. */
const handOverMs = 1_000;

/** For calls that are under way when a generation ends. */
const graceMs = 150;

/**
 * `maySwitchMethod`: whether to end, for the other way's sake, when the kubelet is not met this way. `trusting`: whether to
 * take a kubelet.sock for one that listens without a try, as the first generation does, which is in a hurry. `quiet`: whether it
 * is one of many that ended the same way, so that its beginning is no news.
 */
export interface Stance {
  readonly maySwitchMethod: () => boolean;
  readonly trusting: boolean;
  readonly quiet: boolean;
}

/**
 * One server on one fresh socket name, with at most one Register, from its making to its end. It ends at the first sign
 * that the kubelet no longer holds it: a generation is never mended, only replaced.
 */
export class Generation {
  private readonly socketPath: string;
  private readonly server: PluginServer;
  private readonly otherInstances: OtherInstances;
  private readonly timers = new Set<Cancel>();
  private stopWatching: (() => void) | null = null;
  private readonly ended: Promise<GenerationEnd>;
  private finish: (end: GenerationEnd) => void = () => {};
  private isEnded = false;
  private socketIdentity: string | null = null;
  private kubeletIdentity: string | null = null;
  private servingSince: number | null = null;
  private asked = false;
  private hintedAt = Number.NEGATIVE_INFINITY;
  private wake: () => void = () => {};
  private greeted: string | null = null;
  private hangUp: () => void = () => {};

  constructor(
    private readonly parts: InstanceParts,
    private readonly way: RegistrationMethod,
    private readonly answers: ResourceAnswers,
    private readonly stance: Stance,
  ) {
    this.socketPath = join(
      directoryOf(way, parts.directories),
      socketName(answers.offer.resource, parts.instance, parts.random),
    );
    this.otherInstances = new OtherInstances(parts.directories, parts.instance, answers.offer.resource);
    this.server = new PluginServer(this.socketPath, answers, {
      listOpened: () => this.served(),
      listEnded: () => this.end('lost', 'the kubelet ended the ListAndWatch stream'),
      infoAsked: () => this.expectStream('GetInfo was answered'),
      registrationNotified: (error) => this.notified(error),
      granted: () => this.measure('granted'),
      refused: (reason) => {
        this.measure('refused');
        this.log('warning', 'Allocate refused', { reason });
      },
    });
    this.ended = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  /** Runs it from beginning to end. Never rejects; when it resolves, nothing of it is left but what `staleSockets` looks after. */
  async run(): Promise<GenerationEnd> {
    try {
      await this.open();
      return await this.ended;
    } finally {
      if (this.servingSince !== null) this.measure('unregistered');
      this.stopWatching?.();
      for (const cancel of this.timers) cancel();
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
    this.isEnded = true;
    this.wake();
    this.hangUp();
    const servedMs = this.servingSince === null ? 0 : this.parts.clock.now() - this.servingSince;
    this.finish({ cause, reason, servedMs, kubelet: this.kubeletIdentity });
  }

  /**
   * A kubelet that starts deletes all sockets beside its own, so there the kubelet comes first and our socket second. In the
   * registry nothing is deleted, and a kubelet that starts takes what it finds at once: there our socket waits for it.
   */
  private async open(): Promise<void> {
    const kubelet = this.way === 'device-plugins' ? await this.reachKubelet() : await this.reachRegistry();
    this.look();
    if (this.isEnded || !(await this.bind())) return;
    this.lookAgainLater();
    this.watch();
    if (kubelet === null) this.beFound();
    else void this.register(kubelet);
  }

  private async bind(): Promise<boolean> {
    this.parts.staleSockets.hold(this.socketPath);
    try {
      await this.server.listen();
      this.socketIdentity = fileIdentity(this.socketPath);
      return true;
    } catch (error) {
      this.end('unbound', `its socket cannot be made: ${messageOf(error).replaceAll(this.socketPath, 'the path')}`);
      return false;
    }
  }

  private watch(): void {
    this.stopWatching ??= this.parts.watchDirectories(() => this.hinted());
  }

  private hinted(): void {
    this.hintedAt = this.parts.clock.now();
    this.wake();
    // Another socket, another kubelet: one that is silent is not waited for.
    if (fileIdentity(this.kubeletSocket) !== this.greeted) this.hangUp();
    this.look();
  }

  private look(): void {
    this.parts.staleSockets.sweep();
    if (this.socketIdentity !== null && fileIdentity(this.socketPath) !== this.socketIdentity) {
      this.end('lost', 'somebody removed or replaced its socket');
    }
    const known = this.way === 'device-plugins' ? this.kubeletIdentity : null;
    if (known !== null && this.hasMoved(fileIdentity(this.kubeletSocket), known))
      this.end('lost', 'kubelet.sock was removed or replaced');
    if (this.otherInstances.mayBeNewer) void this.yieldToNewer();
  }

  /** A kubelet that has our stream needs its socket for plugins that come only, and may make it again while it lives (cm/devicemanager/plugin/v1beta1/server.go). */
  private hasMoved(present: string | null, known: string): boolean {
    return present !== known && (present !== null || this.servingSince === null);
  }

  private async yieldToNewer(): Promise<void> {
    const newer = await this.otherInstances.newer();
    if (newer !== null) this.end('yielded', `a newer instance of this program serves the resource on ${newer}`);
  }

  private lookAgainLater(): void {
    this.after(checkMs, () => {
      this.look();
      if (!this.isEnded) this.lookAgainLater();
    });
  }

  private async register(kubelet: string): Promise<void> {
    this.kubeletIdentity = kubelet;
    if (!(await this.outliveOlder())) return;
    const { resource } = this.answers.offer;
    const refusal = await registerWithKubelet({
      kubeletSocket: this.kubeletSocket,
      endpoint: basename(this.socketPath),
      resource,
      options: this.answers.options,
    });
    if (refusal !== null) this.end('refused', `the kubelet refused the registration: ${refusal}`);
    else this.expectStream('Register succeeded');
  }

  /** An older instance leaves first, so that its end does not throw us out. False when this generation ended meanwhile. */
  private async outliveOlder(): Promise<boolean> {
    const until = this.parts.clock.now() + handOverMs;
    while (
      !this.isEnded &&
      this.otherInstances.mayBeOlder &&
      (await this.otherInstances.older()) !== null &&
      this.parts.clock.now() < until
    ) {
      await this.pause(eagerProbeMs);
    }
    return !this.isEnded;
  }

  /** Waits for the registry, which may be mounted or made later. */
  private async reachRegistry(): Promise<null> {
    const directory = this.parts.directories.pluginsRegistry;
    const patience = new Patience(this.parts.clock);
    while (!this.isEnded && !isDirectory(directory)) {
      const what = `${directory} does not exist`;
      if (patience.endsNow()) this.log('warning', 'waiting for kubelet', { what });
      if (patience.isOver && this.stance.maySwitchMethod()) this.end('unasked', what);
      await this.pause(probeMs);
    }
    return null;
  }

  /** Waits for a kubelet that listens; its socket's identity, or null when the generation ended meanwhile. */
  private async reachKubelet(): Promise<string | null> {
    const patience = new Patience(this.parts.clock);
    while (!this.isEnded) {
      const identity = fileIdentity(this.kubeletSocket);
      const reception =
        identity === null ? 'absent' : this.stance.trusting ? 'answers' : await this.greetKubelet(identity);
      if (identity !== null && reception === 'answers') return identity;
      this.watch();
      const what = `${this.kubeletSocket} ${receptionWords[reception]}`;
      if (patience.endsNow()) this.log('warning', 'waiting for kubelet', { what });
      if (patience.isOver && identity === null && this.stance.maySwitchMethod()) this.end('unasked', what);
      const eager = this.parts.clock.now() - this.hintedAt < eagerMs;
      await this.pause(eager ? eagerProbeMs : probeMs);
    }
    return null;
  }

  private async greetKubelet(identity: string): Promise<Reception> {
    this.watch();
    this.greeted = identity;
    const greeting = greet(this.kubeletSocket);
    this.hangUp = greeting.hangUp;
    const cancel = this.parts.clock.after(answerMs, greeting.hangUp);
    return await greeting.reception.finally(cancel);
  }

  /** In the registry the kubelet comes by itself; all there is to do is to notice that it does not. */
  private beFound(told = false): void {
    this.after(patienceMs, () => {
      if (!this.asked) void this.wonder(told);
    });
  }

  private async wonder(told: boolean): Promise<void> {
    const what = `nobody has asked for its socket in ${directoryOf(this.way, this.parts.directories)}`;
    if (!told) this.log('warning', 'waiting for kubelet', { what });
    const elsewhere = this.stance.maySwitchMethod() && (await acceptsConnections(this.kubeletSocket));
    if (this.isEnded || this.asked) return;
    if (elsewhere) this.end('unasked', `${what}, but the kubelet listens on ${this.kubeletSocket}`);
    else this.beFound(true);
  }

  private expectStream(since: string): void {
    this.asked = true;
    this.after(streamMs, () => {
      if (this.servingSince === null)
        this.end('silent', `the kubelet opened no ListAndWatch stream in ${streamMs / 1000} s after ${since}`);
    });
  }

  private notified(error: string | null): void {
    if (error !== null) this.end('refused', `the kubelet refused the registration: ${error}`);
  }

  private served(): void {
    if (this.servingSince !== null) return;
    this.servingSince = this.parts.clock.now();
    this.measure('registered');
    this.kubeletIdentity ??= fileIdentity(this.kubeletSocket);
    this.log(this.stance.quiet ? 'debug' : 'info', 'registered with kubelet', {
      shares: this.answers.offer.shares.length,
      socket: this.socketPath,
    });
  }

  private get kubeletSocket(): string {
    return join(this.parts.directories.devicePlugins, 'kubelet.sock');
  }

  /** Waits, but no longer than till the next hint or the end. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      this.after(ms * (0.75 + this.parts.random() / 2), resolve);
    });
  }

  private after(ms: number, run: () => void): void {
    const cancel = this.parts.clock.after(ms, () => {
      this.timers.delete(cancel);
      run();
    });
    this.timers.add(cancel);
  }

  private measure(event: ServingEvent): void {
    this.parts.metrics.resourceEvent(this.answers.offer.resource, event);
  }

  private log(level: 'debug' | 'info' | 'warning', message: string, fields: Readonly<Record<string, unknown>>): void {
    this.parts.logger.log(level, message, { resource: this.answers.offer.resource, way: this.way, ...fields });
  }
}

const receptionWords: Readonly<Record<Reception | 'absent', string>> = {
  absent: 'does not exist',
  refuses: 'refuses connections',
  silent: 'takes connections and does not answer',
  answers: 'answers',
};
