// SPDX-License-Identifier: Apache-2.0
import { basename, join } from 'node:path';
import type { Offer } from '#domain/offer/offer.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import { logProblem } from '#ports/logger.ts';
import { Turns } from '#timing/turns.ts';
import type { ResourcePublisher } from '#ports/resource-publisher.ts';
import { socketDirectories } from './registration/method.ts';
import type { InstanceParts, RegistrationParts } from './registration/parts.ts';
import { ResourceRegistration } from './registration/resource-registration.ts';
import { GrantLog } from './serving/grant-log.ts';
import { ResourceAnswers } from './serving/resource-answers.ts';
import { checkDirectories } from './sockets/directory-check.ts';
import { nameInstance } from './sockets/other-instances.ts';
import { pluginSockets } from './sockets/socket-name.ts';
import { KubeletSocket } from './sockets/kubelet-socket.ts';
import { SocketListing } from './sockets/socket-listing.ts';
import { StaleSockets, removeDeadSockets } from './sockets/stale-sockets.ts';

/** Offers resources to the kubelet by its device plugin API, each on a socket of its own. */
export class KubeletResourcePublisher implements ResourcePublisher {
  private readonly served = new Map<string, ResourceRegistration>();
  /** The registrations that are ending, by resource. */
  private readonly leaving = new Map<string, Promise<void>>();
  private instance: InstanceParts | null = null;
  private starting: Promise<void> = Promise.resolve();
  private stopped = false;
  private readonly grantLog: GrantLog;

  /** `cdiSpecs` is null unless containers get their device nodes by CDI. */
  constructor(
    private readonly parts: RegistrationParts,
    private readonly cdiSpecs: CdiSpecStore | null,
  ) {
    this.grantLog = new GrantLog(parts.clock, parts.logger);
  }

  isStandby(resource: string): boolean {
    return this.served.get(resource)?.isStandby === true;
  }

  async start(): Promise<void> {
    this.starting = this.prepareDirectories();
    await this.starting;
  }

  publish(offers: readonly Offer[]): void {
    if (this.stopped) return;
    // Registrations sweep too, but there may be none.
    this.instance?.staleSockets.sweep();
    const offered = new Set(offers.map((offer) => offer.resource));
    for (const [resource, registration] of this.served) {
      if (!offered.has(resource)) this.withdraw(resource, registration);
    }
    for (const offer of offers) {
      const registration = this.served.get(offer.resource);
      if (registration === undefined) this.register(offer);
      else registration.update(offer);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    const stops = [...this.served.values()].map((registration) => registration.stop());
    this.served.clear();
    await Promise.all([...stops, ...this.leaving.values(), this.starting.catch(() => {})]);
    await this.instance?.staleSockets.end();
  }

  private register(offer: Offer): void {
    this.instance ??= this.createInstance();
    const answers = new ResourceAnswers(offer, this.cdiSpecs, { ...this.parts, grantLog: this.grantLog });
    const registration = new ResourceRegistration(this.instance, answers);
    this.served.set(offer.resource, registration);
    registration.start(this.leaving.get(offer.resource) ?? Promise.resolve());
  }

  private withdraw(resource: string, registration: ResourceRegistration): void {
    this.served.delete(resource);
    const left = registration.retire().finally(() => {
      if (this.leaving.get(resource) === left) this.leaving.delete(resource);
    });
    this.leaving.set(resource, left);
  }

  /** Runs as late as possible, because this instance must be named after all others that have started. */
  private createInstance(): InstanceParts {
    const { clock, wallClock, directories } = this.parts;
    const sockets = socketDirectories(directories);
    const instance = nameInstance(wallClock(), sockets);
    const kubeletSocket = new KubeletSocket(join(directories.devicePlugins, 'kubelet.sock'), clock);
    const listing = new SocketListing(sockets, clock);
    return {
      ...this.parts,
      instance,
      listing,
      staleSockets: new StaleSockets(clock, listing, instance),
      kubeletSocket,
      turns: new Turns(),
    };
  }

  private async prepareDirectories(): Promise<void> {
    const { mode, directories, logger } = this.parts;
    for (const problem of checkDirectories(mode, directories)) logProblem(logger, 'warning', problem);
    for (const directory of socketDirectories(directories)) await this.removeStaleSockets(directory);
  }

  private async removeStaleSockets(directory: string): Promise<void> {
    const { logger } = this.parts;
    const removed = await removeDeadSockets(directory);
    if (removed.length > 0) logger.log('info', 'removed stale sockets', { directory, sockets: removed });
    const alive = pluginSockets(directory).map(({ path }) => basename(path));
    if (alive.length === 0) return;
    const message = 'another instance is running; of a resource that both offer, the older one stands by';
    logger.log('warning', message, { directory, sockets: alive });
  }
}
