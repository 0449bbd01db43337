// SPDX-License-Identifier: Apache-2.0
import type { Offer } from '#domain/offer/offer.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import type { ResourcePublisher } from '#ports/resource-publisher.ts';
import { checkDirectories } from './registration/directory-check.ts';
import { StaleSockets } from './registration/stale-sockets.ts';
import type { InstanceParts } from './registration/instance-parts.ts';
import { type RegistrationParts, directoryOf, registrationMethods } from './registration/registration-parts.ts';
import { ResourceAnswers } from './serving/resource-answers.ts';
import { ResourceRegistration } from './registration/resource-registration.ts';
import { nameInstance } from './registration/other-instances.ts';
import { ownSockets, removeDeadSockets } from './registration/socket-file.ts';

interface ServedResource {
  readonly answers: ResourceAnswers;
  readonly registration: ResourceRegistration;
}

/**
 * Offers resources to the kubelet by its device plugin API, each on a socket of its own. `cdiSpecs` is given when
 * containers are to get their nodes by CDI.
 */
export class KubeletResourcePublisher implements ResourcePublisher {
  private readonly served = new Map<string, ServedResource>();
  private readonly leaving = new Set<Promise<void>>();
  private own: Pick<InstanceParts, 'instance' | 'staleSockets'> | null = null;

  constructor(
    private readonly parts: RegistrationParts,
    private readonly cdiSpecs: CdiSpecStore | null,
  ) {}

  get isStandby(): boolean {
    return [...this.served.values()].some(({ registration }) => registration.isStandby);
  }

  async start(): Promise<void> {
    const { mode, directories, logger } = this.parts;
    for (const missing of checkDirectories(mode, directories)) {
      logger.log('warning', `${missing.message} Waiting for it.`, {
        code: missing.code,
        subject: missing.subject,
        remedy: missing.remedy,
      });
    }
    for (const way of registrationMethods) await this.sweep(directoryOf(way, this.parts.directories));
  }

  publish(offers: readonly Offer[]): void {
    const wanted = new Set(offers.map((offer) => offer.resource));
    for (const [resource, { registration }] of this.served) {
      if (!wanted.has(resource)) this.takeBack(resource, registration);
    }
    for (const offer of offers) this.serve(offer);
  }

  async stop(): Promise<void> {
    const stopped = [...this.served.values()].map(({ registration }) => registration.stop());
    this.served.clear();
    await Promise.all([...stopped, ...this.leaving]);
    await this.own?.staleSockets.end();
  }

  private serve(offer: Offer): void {
    const known = this.served.get(offer.resource);
    if (known === undefined) return this.begin(offer);
    const { sharing } = known.answers.offer.settings;
    const isChanged = known.answers.update(offer);
    // What the kubelet knows of a registration but its list, it learns when that is made.
    if (sharing !== offer.settings.sharing) known.registration.renew('its shares are of another kind');
    else if (isChanged) known.registration.sendList();
  }

  /** As late as it can be: among other instances this is to be the last. */
  private nameOwn(): Pick<InstanceParts, 'instance' | 'staleSockets'> {
    const { clock, wallClock, directories } = this.parts;
    const instance = nameInstance(wallClock(), directories);
    return { instance, staleSockets: new StaleSockets(clock, directories, instance) };
  }

  private begin(offer: Offer): void {
    const answers = new ResourceAnswers(offer, this.cdiSpecs);
    this.own ??= this.nameOwn();
    const registration = new ResourceRegistration({ ...this.parts, ...this.own }, answers);
    this.served.set(offer.resource, { answers, registration });
    registration.start();
  }

  private takeBack(resource: string, registration: ResourceRegistration): void {
    this.served.delete(resource);
    const left = registration.retire().finally(() => this.leaving.delete(left));
    this.leaving.add(left);
  }

  private async sweep(directory: string): Promise<void> {
    const removed = await removeDeadSockets(directory);
    if (removed.length > 0) this.parts.logger.log('info', 'removed stale sockets', { directory, sockets: removed });
    const alive = ownSockets(directory).map(({ name }) => name);
    if (alive.length > 0) {
      this.parts.logger.log('warning', 'another instance is running; the older one stands by', {
        directory,
        sockets: alive,
      });
    }
  }
}
