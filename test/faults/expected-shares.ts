// SPDX-License-Identifier: Apache-2.0
import { shortHash } from '#domain/text/short-hash.ts';
import type { TestHca } from './test-hca.ts';
import type { TestHost } from './test-host.ts';
import type { TestResource } from './test-settings.ts';

/** The shares that host and settings call for. */
export class ExpectedShares {
  constructor(private readonly host: TestHost) {}

  healthyIds(resource: TestResource): ReadonlySet<string> {
    const hcas = this.healthyHcas(resource);
    const prefixes =
      resource.sharing === 'device'
        ? hcas.map(({ unit }) => this.prefixOf(resource.resource, unit))
        : hcas.slice(0, 1).map(() => '');
    return new Set(
      prefixes.flatMap((prefix) => Array.from({ length: resource.count }, (_, slot) => `${prefix}${slot}`)),
    );
  }

  healthyHcas(resource: TestResource): readonly TestHca[] {
    return this.host.usable(resource).filter(({ port }) => port === 'ACTIVE' || resource.linkDown === 'ignore');
  }

  /** Returns the prefix of the ids of the per-device shares of one HCA. */
  prefixOf(resource: string, unit: number): string {
    return prefixWith(resource, this.host.identities.of(unit));
  }

  /** Returns the prefixes that per-device shares of the resource can have or have had. */
  prefixesEver(resource: string): ReadonlySet<string> {
    return new Set([...this.host.identities.given].map((identity) => prefixWith(resource, identity)));
  }

  /** Records what the program is known to have seen, given that the kubelet has exactly these shares. */
  recordSeen(settings: readonly TestResource[]): void {
    const offered = settings.filter(({ count }) => count > 0);
    if (offered.some((one) => this.healthyHcas(one).length > 0)) this.host.identities.scanned();
    for (const resource of offered.filter(({ sharing }) => sharing === 'device')) {
      for (const hca of this.healthyHcas(resource)) {
        this.host.identities.seen(hca.unit);
        if (resource.form === 'netdevs') this.host.netdevSeen(hca);
      }
    }
  }
}

function prefixWith(resource: string, identity: string): string {
  return `${shortHash(resource)}-${identity}-`;
}
