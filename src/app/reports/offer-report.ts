// SPDX-License-Identifier: Apache-2.0
import { describeVerdict } from '#domain/offer/words.ts';
import type { Offer } from '#domain/offer/offer.ts';
import type { Logger } from '#ports/logger.ts';

/** Logs what each resource offers when it changes. */
export class OfferReport {
  private logged = new Map<string, string>();

  constructor(private readonly logger: Logger) {}

  /** Takes all current offers. */
  update(offers: readonly Offer[]): void {
    const before = this.logged;
    this.logged = new Map(offers.map((offer) => [offer.resource, this.logChange(offer)]));
    for (const resource of before.keys()) {
      if (!this.logged.has(resource)) this.logger.log('info', 'resource no longer offered', { resource });
    }
  }

  /** Returns what identifies a change. */
  private logChange({ resource, shares, hcas, verdicts }: Offer): string {
    const healthy = shares.filter((share) => share.healthy).length;
    const fields = { resource, healthy, shares: shares.length, hcas: hcas.map((hca) => hca.name) };
    const content = JSON.stringify(fields);
    if (this.logged.get(resource) !== content) {
      this.logger.log('info', 'shares offered', fields);
      const texts = verdicts.map((verdict) => describeVerdict(verdict, resource));
      this.logger.log('debug', 'verdicts', { resource, verdicts: texts });
    }
    return content;
  }
}
