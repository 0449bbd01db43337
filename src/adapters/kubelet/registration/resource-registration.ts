// SPDX-License-Identifier: Apache-2.0
import { type Offer, withdrawnOffer } from '#domain/offer/offer.ts';
import { Pause } from '#timing/pause.ts';
import type { ResourceAnswers } from '../serving/resource-answers.ts';
import { OtherInstances } from '../sockets/other-instances.ts';
import { acceptsConnections } from '../sockets/socket-probe.ts';
import { type GenerationEnd, RegistrationBackOff } from './back-off.ts';
import { Generation } from './generation.ts';
import { MethodChoice } from './method.ts';
import type { InstanceParts, ResourceParts } from './parts.ts';
import { RegistrationReport } from './report.ts';

/** How long a kubelet may take to read the empty list of a resource that is no longer offered. */
const drainMs = 300;
/** The interval at which a standby instance checks whether the newer one still runs. */
const standbyCheckMs = 1_000;
/** A newer instance without a socket for this long has ended. It has none while no kubelet runs. */
const absenceMs = 5_000;
/** The interval at which a back-off checks whether the kubelet has stopped. */
const kubeletCheckMs = 1_000;

/**
 * Keeps one resource registered, and is the only owner of that state. Runs one generation after another until it is
 * stopped. Each generation ends at the first sign of trouble, and the next begins on a fresh socket after a back-off.
 */
export class ResourceRegistration {
  private readonly parts: ResourceParts;
  private readonly backOff: RegistrationBackOff;
  private readonly pause: Pause;
  private running: Promise<void> = Promise.resolve();
  private stopping = false;
  private generation: Generation | null = null;
  private standby = false;

  constructor(instance: InstanceParts, answers: ResourceAnswers) {
    const { clock, directories, logger, observer, mode, random } = instance;
    const { resource } = answers.offer;
    const otherInstances = new OtherInstances(instance.listing, instance.instance, resource);
    const method = new MethodChoice(mode, directories);
    const report = new RegistrationReport(logger, observer, resource, method);
    this.parts = { ...instance, answers, otherInstances, method, report };
    this.backOff = new RegistrationBackOff(random);
    this.pause = new Pause(clock);
  }

  /** Begins when `predecessor` has ended: the last registration of the same resource, whose end might end this one. */
  start(predecessor: Promise<void>): void {
    this.running = predecessor.then(() => this.run());
  }

  /**
   * Takes a new offer of the resource. Sends a changed list on the open stream; a stream that opens later begins with
   * the newest list anyway. Re-registers if the sharing changed, because the kubelet learns only at registration
   * whether to ask for a preference.
   */
  update(offer: Offer): void {
    const { sharing } = this.parts.answers.offer.settings;
    const isListChanged = this.parts.answers.update(offer);
    if (sharing !== offer.settings.sharing)
      this.generation?.end('connection-lost', 'the sharing of the resource changed');
    else if (isListChanged) this.generation?.sendList();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.generation?.end('stopped', 'the plugin stops serving the resource');
    this.pause.wake();
    await this.running;
  }

  /** Stops serving the resource. Sends an empty list first, because the node's status keeps the resource's name. */
  async retire(): Promise<void> {
    this.update(withdrawnOffer(this.parts.answers.offer));
    await new Pause(this.parts.clock).wait(drainMs);
    await this.stop();
  }

  /** Whether a newer instance of this program serves the resource instead. */
  get isStandby(): boolean {
    return this.standby;
  }

  private async run(): Promise<void> {
    for (let isFirst = true; !this.stopping; isFirst = false) {
      const end = await this.runGeneration(isFirst);
      if (this.stopping) return;
      if (end.cause === 'superseded') await this.standBy(end);
      else await this.recover(end);
    }
  }

  /** The first generation skips the probe of the kubelet, to save time at startup. */
  private async runGeneration(isFirst: boolean): Promise<GenerationEnd> {
    this.generation = new Generation(this.parts, isFirst);
    try {
      return await this.generation.run();
    } finally {
      this.generation = null;
    }
  }

  private async recover(end: GenerationEnd): Promise<void> {
    const delayMs = Math.round(this.backOff.delayAfter(end, await this.isKubeletGone(end)));
    this.parts.report.ended(end, delayMs);
    if (end.cause === 'not-contacted') {
      this.parts.method.switch();
      this.parts.report.log('warning', 'switching registration method');
    }
    await this.waitBackOff(end, delayMs);
  }

  /** Waits for the delay, or until the kubelet of the last generation has stopped. */
  private async waitBackOff(end: GenerationEnd, delayMs: number): Promise<void> {
    const until = this.parts.clock.now() + delayMs;
    const stopWatching = this.parts.watchDirectories(() => {
      if (this.isKubeletSocketReplaced(end)) this.pause.wake();
    });
    for (let leftMs = delayMs; leftMs > 0 && !this.stopping; leftMs = until - this.parts.clock.now()) {
      await this.pause.wait(Math.min(leftMs, kubeletCheckMs));
      if (!(await this.isKubeletGone(end))) continue;
      this.backOff.reset();
      break;
    }
    stopWatching();
  }

  /**
   * Whether the kubelet of the last generation is replaced, or no longer listens. A kubelet that ends closes its
   * streams a moment before it stops listening, so the first check may be too early.
   */
  private async isKubeletGone(end: GenerationEnd): Promise<boolean> {
    if (end.kubeletIdentity === null) return false;
    return this.isKubeletSocketReplaced(end) || !(await acceptsConnections(this.parts.kubeletSocket.path));
  }

  private isKubeletSocketReplaced({ kubeletIdentity }: GenerationEnd): boolean {
    return kubeletIdentity !== null && this.parts.kubeletSocket.identity !== kubeletIdentity;
  }

  /** Leaves the resource to a newer instance until that ends. */
  private async standBy(end: GenerationEnd): Promise<void> {
    const { resource } = this.parts.answers.offer;
    this.standby = true;
    this.parts.logger.log('warning', 'standing by for a newer instance', { resource, reason: end.reason });
    for (let absentMs = 0; absentMs < absenceMs && !this.stopping;) {
      await this.pause.wait(standbyCheckMs);
      absentMs = (await this.parts.otherInstances.newer()) === null ? absentMs + standbyCheckMs : 0;
    }
    this.standby = false;
    this.backOff.reset();
    if (!this.stopping) this.parts.logger.log('warning', 'newer instance ended; serving again', { resource });
  }
}
