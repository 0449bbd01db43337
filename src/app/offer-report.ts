// SPDX-License-Identifier: Apache-2.0
import { describeVerdict } from '#domain/offer/offer-words.ts';
import type { Offer } from '#domain/offer/offer.ts';
import type { Logger } from '#ports/logger.ts';

/** Tells what each resource offers, when that changes. */
export class OfferReport {
  private known = new Map<string, string>();

  constructor(private readonly logger: Logger) {}

  update(offers: readonly Offer[]): void {
    const now = new Map(offers.map((offer) => [offer.resource, this.tell(offer)]));
    for (const resource of this.known.keys()) {
      if (!now.has(resource)) this.logger.log('info', 'resource no longer offered', { resource });
    }
    this.known = now;
  }

  private tell(offer: Offer): string {
    const healthy = offer.shares.filter((share) => share.healthy).length;
    const hcas = offer.hcas.map((hca) => hca.name);
    const told = JSON.stringify([healthy, offer.shares.length, hcas]);
    if (this.known.get(offer.resource) !== told) {
      this.logger.log('info', 'shares offered', {
        resource: offer.resource,
        healthy,
        shares: offer.shares.length,
        hcas,
      });
      this.logger.log('debug', 'verdicts', {
        resource: offer.resource,
        verdicts: offer.verdicts.map((verdict) => describeVerdict(verdict, offer.resource)),
      });
    }
    return told;
  }
}
