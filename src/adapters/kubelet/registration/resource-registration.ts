// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { withdrawnOffer } from '#domain/offer/offer.ts';
import { BackOff, goodMs } from './back-off.ts';
import { Generation, type GenerationEnd } from './generation.ts';
import type { InstanceParts } from './instance-parts.ts';
import { type RegistrationMethod, directoryOf, registrationMethods } from './registration-parts.ts';
import type { ResourceAnswers } from '../serving/resource-answers.ts';
import { OtherInstances } from './other-instances.ts';
import { acceptsConnections, fileIdentity, isDirectory, removeDeadSockets } from './socket-file.ts';

/** How long a kubelet may take to read the last list of a resource that is taken back. */
const drainMs = 300;
/** Between two looks whether a newer instance is still there. */
const standByLookMs = 1_000;
/** A newer instance that has no socket for so long has gone: its sockets come and go with the kubelet. */
const absenceMs = 5_000;
/** After so many ends in a row that are alike, somebody has to be told more. */
const manyEnds = 5;

/** Between two looks whether the kubelet is a new one, while a back-off lasts. */
const lookMs = 30;

/**
 * Keeps one resource registered: the one owner of that state. Runs generation after generation until it is stopped; each
 * ends at the first sign of trouble, and the next begins on a fresh socket after a back-off.
 */
export class ResourceRegistration {
  private readonly backOff: BackOff;
  private readonly otherInstances: OtherInstances;
  private running: Promise<void> = Promise.resolve();
  private stopping = false;
  private isFirst = true;
  private generation: Generation | null = null;
  private wake: () => void = () => {};
  private standingBy = false;
  private lastTold: string | null = null;
  private alike = 0;
  private way: RegistrationMethod;

  constructor(
    private readonly parts: InstanceParts,
    private readonly answers: ResourceAnswers,
  ) {
    this.backOff = new BackOff(parts.random);
    this.otherInstances = new OtherInstances(parts.directories, parts.instance, answers.offer.resource);
    this.way = parts.mode === 'auto' ? this.firstMethod() : parts.mode;
  }

  start(): void {
    this.running = this.run();
  }

  /** The list has changed: send it where a stream is open; a stream that opens later begins with it anyway. */
  sendList(): void {
    this.generation?.sendList();
  }

  /** Registers anew, for what the kubelet learns then alone. */
  renew(reason: string): void {
    this.generation?.end('lost', reason);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.generation?.end('stopped', 'this program stops serving the resource');
    this.wake();
    await this.running;
  }

  /** Takes the resource back: says so with an empty list first, since its name lingers in the node's status. */
  async retire(): Promise<void> {
    this.answers.update(withdrawnOffer(this.answers.offer));
    this.sendList();
    await new Promise<void>((resolve) => {
      this.parts.clock.after(drainMs, resolve);
    });
    await this.stop();
  }

  /** Whether a newer instance of this program serves the resource instead. */
  get isStandby(): boolean {
    return this.standingBy;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const end = await this.runGeneration();
      if (this.stopping) return;
      if (end.cause === 'yielded') await this.standBy(end);
      else await this.recover(end);
    }
  }

  private async recover(end: GenerationEnd): Promise<void> {
    const delayMs = Math.round(this.backOff.after(end, await this.isKubeletNew(end)));
    this.tell(end, delayMs);
    if (end.cause === 'unasked') this.switchMethod();
    await this.pauseAfter(end, delayMs);
  }

  /** Leaves the resource to a newer instance until that has gone, killed perhaps and with its sockets left behind. */
  private async standBy(end: GenerationEnd): Promise<void> {
    const { resource } = this.answers.offer;
    this.standingBy = true;
    this.parts.logger.log('warning', 'standing by for a newer instance', { resource, reason: end.reason });
    for (let absentMs = 0; absentMs < absenceMs && !this.stopping;) {
      await this.pause(standByLookMs);
      absentMs = (await this.otherInstances.newer()) === null ? absentMs + standByLookMs : 0;
    }
    this.standingBy = false;
    this.backOff.reset();
    // One that was killed leaves its sockets.
    for (const way of registrationMethods) await removeDeadSockets(directoryOf(way, this.parts.directories));
    if (!this.stopping) this.parts.logger.log('warning', 'newer instance gone; serving again', { resource });
  }

  private async runGeneration(): Promise<GenerationEnd> {
    const stance = { maySwitchMethod: () => this.maySwitchMethod(), trusting: this.isFirst, quiet: this.alike > 1 };
    this.generation = new Generation(this.parts, this.way, this.answers, stance);
    this.isFirst = false;
    try {
      return await this.generation.run();
    } finally {
      this.generation = null;
    }
  }

  /**
   * Waits, but no longer than till the kubelet is a new one: a kubelet that ends breaks its streams a moment before it stops
   * listening, and so does not look like one that ends at first.
   */
  private async pauseAfter(end: GenerationEnd, delayMs: number): Promise<void> {
    const until = this.parts.clock.now() + delayMs;
    for (let left = delayMs; left > 0 && !this.stopping; left = until - this.parts.clock.now()) {
      await this.pause(Math.min(left, lookMs));
      if (await this.isKubeletNew(end)) {
        this.backOff.reset();
        return;
      }
    }
  }

  /** Whether the kubelet that we met is no longer the one that listens, or none listens. False where that can't be seen. */
  private async isKubeletNew(end: GenerationEnd): Promise<boolean> {
    if (end.kubelet === null) return false;
    const kubeletSocket = join(this.parts.directories.devicePlugins, 'kubelet.sock');
    return fileIdentity(kubeletSocket) !== end.kubelet || !(await acceptsConnections(kubeletSocket));
  }

  private firstMethod(): RegistrationMethod {
    return isDirectory(this.parts.directories.pluginsRegistry) ? 'plugins-registry' : 'device-plugins';
  }

  private otherMethod(): RegistrationMethod {
    return this.way === 'device-plugins' ? 'plugins-registry' : 'device-plugins';
  }

  private maySwitchMethod(): boolean {
    return this.parts.mode === 'auto' && isDirectory(directoryOf(this.otherMethod(), this.parts.directories));
  }

  private switchMethod(): void {
    this.way = this.otherMethod();
    this.parts.logger.log('warning', 'switching registration method', {
      resource: this.answers.offer.resource,
      way: this.way,
    });
  }

  /** Ends that are alike are told once, for they may go on for months; a good while of serving makes the next one news. */
  private tell(end: GenerationEnd, retryInMs: number): void {
    const { resource } = this.answers.offer;
    const told = `${this.way} ${end.cause} ${end.reason}`;
    this.alike = told === this.lastTold && end.servedMs < goodMs ? this.alike + 1 : 1;
    this.lastTold = told;
    const level = this.alike === 1 ? 'warning' : 'debug';
    this.parts.logger.log(level, 're-registering', { resource, way: this.way, reason: end.reason, retryInMs });
    if (this.alike === manyEnds) this.tellMore(end);
  }

  private tellMore(end: GenerationEnd): void {
    const remedy =
      end.cause === 'lost'
        ? 'Look for another plugin on this node that registers the same resource.'
        : 'Look into the log of the kubelet.';
    this.parts.logger.log('warning', 'registration keeps failing with the same error; still retrying', {
      resource: this.answers.offer.resource,
      way: this.way,
      reason: end.reason,
      remedy,
    });
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.parts.clock.after(ms, resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
