// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BackOff } from './back-off.ts';
import { Generation, type GenerationEnd } from './generation.ts';
import type { RegistrationParts, RegistrationWay } from './registration-parts.ts';
import type { ResourceAnswers } from './resource-answers.ts';
import { acceptsConnections, fileIdentity } from './socket-file.ts';

/** How long a kubelet may take to read the last list of a resource that is taken back. */
const farewellMs = 300;
/** Between two looks whether the kubelet is a new one, while a back-off lasts. */
const lookMs = 30;

/**
 * Keeps one resource registered: the one owner of that state. Runs generation after generation until it is stopped; each
 * ends at the first sign of trouble, and the next begins on a fresh socket after a back-off.
 */
export class ResourceRegistration {
  private readonly backOff: BackOff;
  private running: Promise<void> = Promise.resolve();
  private stopping = false;
  private isFirst = true;
  private generation: Generation | null = null;
  private wake: () => void = () => {};
  private way: RegistrationWay;

  constructor(
    private readonly parts: RegistrationParts,
    private readonly answers: ResourceAnswers,
  ) {
    this.backOff = new BackOff(parts.random);
    this.way = parts.mode === 'auto' ? this.firstWay() : parts.mode;
  }

  start(): void {
    this.running = this.run();
  }

  /** The list has changed: send it where a stream is open; a stream that opens later begins with it anyway. */
  sendList(): void {
    this.generation?.sendList();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.generation?.end('stopped', 'this program stops serving the resource');
    this.wake();
    await this.running;
  }

  /** Takes the resource back: says so with an empty list first, since its name lingers in the node's status. */
  async retire(): Promise<void> {
    this.answers.update({ ...this.answers.offer, shares: [], hcas: [], whyEmpty: 'it is no longer configured' });
    this.sendList();
    await new Promise<void>((resolve) => {
      this.parts.clock.after(farewellMs, resolve);
    });
    await this.stop();
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const end = await this.runGeneration();
      if (this.stopping) return;
      const delayMs = Math.round(this.backOff.after(end, await this.isKubeletNew(end)));
      this.tell(end, delayMs);
      if (end.cause === 'unasked') this.changeOver();
      await this.pauseAfter(end, delayMs);
    }
  }

  private async runGeneration(): Promise<GenerationEnd> {
    this.generation = new Generation(this.parts, this.way, this.answers, { mayChangeOver: this.mayChangeOver(), trusting: this.isFirst });
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

  private firstWay(): RegistrationWay {
    return existsSync(this.parts.directories.pluginsRegistry) ? 'plugins-registry' : 'device-plugins';
  }

  private otherWay(): RegistrationWay {
    return this.way === 'device-plugins' ? 'plugins-registry' : 'device-plugins';
  }

  private mayChangeOver(): boolean {
    const { devicePlugins, pluginsRegistry } = this.parts.directories;
    return this.parts.mode === 'auto' && existsSync(devicePlugins) && existsSync(pluginsRegistry);
  }

  private changeOver(): void {
    this.way = this.otherWay();
    this.parts.logger.log('warning', 'trying the other way to register', { resource: this.answers.offer.resource, way: this.way });
  }

  private tell(end: GenerationEnd, nextInMs: number): void {
    const { resource } = this.answers.offer;
    this.parts.logger.log('warning', 'registering anew', { resource, way: this.way, reason: end.reason, nextInMs });
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
