// SPDX-License-Identifier: Apache-2.0
import { afterEach } from '@jest/globals';
import type { Problem } from '#domain/problem/problem.ts';
import { DaemonFixture, resource } from '../support/daemon-fixture.ts';
import { countHealthy } from '#domain/offer/share.ts';

/** The daemon under test. `begin` replaces it, and the one of the test before is closed. */
export let here = new DaemonFixture();
afterEach(() => here.node.close());

export async function begin(
  options: { readonly cdi?: boolean; readonly warnings?: readonly Problem[]; readonly settings?: object } = {},
): Promise<DaemonFixture> {
  await here.node.close();
  here = new DaemonFixture(options);
  here.host.addHca({ name: 'mlx5_0' });
  here.write(options.settings ?? { configList: [resource('a')] });
  await here.node.kubelet.start();
  return here;
}

export function offered(): readonly (readonly [string, number, readonly string[]])[] {
  return here.daemon.plan.offers.map(({ resource: name, shares, hcas }) => [
    name,
    countHealthy(shares),
    hcas.map((hca) => hca.name),
  ]);
}
