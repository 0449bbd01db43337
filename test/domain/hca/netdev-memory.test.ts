// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Hca } from '#domain/hca/hca.ts';
import { type Identities, noIdentities, updateIdentities } from '#domain/hca/identity.ts';
import { recallNetdevs } from '#domain/hca/netdev-memory.ts';
import { anHca } from '../../support/hca-fixture.ts';

/** An HCA with these netdevs on its ports, from port 1 on. */
function hcaWith(index: number, ...ports: readonly (readonly string[])[]): Hca {
  const hca = anHca(index);
  return {
    ...hca,
    ports: ports.flatMap((netdevs, port) => hca.ports.map((one) => ({ ...one, number: port + 1, netdevs }))),
    netdevs: ports.flat().map((name) => ({ name, linkType: 'ether', up: false })),
  };
}

/** The HCAs after several scans, as the plan has them. */
function recalled(...scans: readonly (readonly Hca[])[]): readonly Hca[] {
  let before: { readonly hcas: readonly Hca[]; readonly identities: Identities } = {
    hcas: [],
    identities: noIdentities,
  };
  for (const hcas of scans) {
    const identities = updateIdentities(before.identities, hcas);
    before = { hcas: recallNetdevs(before, { hcas, identities }), identities };
  }
  return before.hcas;
}

/** The names of the netdevs of each HCA after several scans. */
function after(...scans: readonly (readonly Hca[])[]): readonly (readonly string[])[] {
  return recalled(...scans).map(({ netdevs }) => netdevs.map(({ name }) => name));
}

describe('recallNetdevs', () => {
  it('keeps the netdevs of a port that has none left, over any number of scans', () => {
    expect(after([hcaWith(0, ['ens1'])], [hcaWith(0, [])], [hcaWith(0, [])])).toEqual([['ens1']]);
  });

  it('keeps the netdevs of each port of its own', () => {
    expect(after([hcaWith(0, ['ens2'], ['ens3'])], [hcaWith(0, [], ['ens3'])])).toEqual([['ens2', 'ens3']]);
  });

  it('keeps netdevs without a known port if the HCA has none left', () => {
    const unassigned = { ...hcaWith(0, [], []), netdevs: [{ name: 'ens1', linkType: 'ether', up: true }] };
    expect(after([unassigned], [hcaWith(0, [], [])])).toEqual([['ens1']]);
  });

  it('keeps the bond of a netdev that has left it, also if another HCA is in the bond', () => {
    const before = [hcaWith(0, ['bond0', 'ens1']), hcaWith(1, ['bond0', 'ens2'])];
    expect(after(before, [hcaWith(0, []), hcaWith(1, ['bond0', 'ens2'])])[0]).toEqual(['bond0', 'ens1']);
  });

  it('finds the HCA again if the RDMA device was renamed', () => {
    expect(after([hcaWith(0, ['ens1'])], [{ ...hcaWith(0, []), name: 'rocep59s0' }])).toEqual([['ens1']]);
  });

  it('forgets the old name of a netdev that was renamed', () => {
    expect(after([hcaWith(0, ['eth0'])], [hcaWith(0, ['ens1'])], [hcaWith(0, [])])).toEqual([['ens1']]);
  });

  it('forgets the netdevs of an HCA that was absent', () => {
    expect(after([hcaWith(0, ['ens1'])], [], [hcaWith(0, [])])).toEqual([[]]);
  });

  it('forgets a name that the netdev of another HCA gets', () => {
    expect(after([hcaWith(0, ['eth0']), hcaWith(1, ['eth1'])], [hcaWith(0, []), hcaWith(1, ['eth0'])])).toEqual([
      [],
      ['eth0'],
    ]);
  });

  it('does not claim to know the state of a netdev that is not visible', () => {
    const [hca] = recalled([hcaWith(0, ['ens1'])], [hcaWith(0, [])]);
    expect(hca?.netdevs).toEqual([{ name: 'ens1', linkType: 'ether', up: null }]);
  });
});
