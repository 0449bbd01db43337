// SPDX-License-Identifier: Apache-2.0
import { compareNaturally } from '../text/natural-order.ts';
import type { Hca, Netdev, Port } from './hca.ts';
import type { Identities } from './identity.ts';

/** HCAs, and the identity of each. */
export interface IdentifiedHcas {
  readonly hcas: readonly Hca[];
  readonly identities: Pick<Identities, 'byHca'>;
}

/**
 * Returns the HCAs with the netdevs that are no longer visible: a netdev that moves into the network namespace of a pod
 * still belongs to its HCA. The HCAs of `before` are what this function returned last. A port without netdevs keeps
 * those that it had, as long as its HCA is present and no other HCA gets a netdev of that name. A port with netdevs
 * keeps none: if its netdev was renamed, the old name is wrong.
 */
export function recallNetdevs(before: IdentifiedHcas, { hcas, identities }: IdentifiedHcas): readonly Hca[] {
  const hcasBefore = new Map(before.hcas.map((hca) => [before.identities.byHca.get(hca.name), hca]));
  const hcaBefore = ({ name }: Hca): Hca | undefined => hcasBefore.get(identities.byHca.get(name));
  const reused = new Set(hcas.flatMap((hca) => newNetdevs(hca, hcaBefore(hca))));
  return hcas.map((hca) => recallNetdevsOf(hca, hcaBefore(hca), reused));
}

function newNetdevs({ netdevs }: Hca, before: Hca | undefined): readonly string[] {
  const namesBefore = before?.netdevs.map(({ name }) => name) ?? [];
  return netdevs.map(({ name }) => name).filter((name) => !namesBefore.includes(name));
}

function recallNetdevsOf(hca: Hca, before: Hca | undefined, reused: ReadonlySet<string>): Hca {
  if (before === undefined) return hca;
  const ports = hca.ports.map((port) => recallPort(port, before, reused));
  const names = new Set(ports.flatMap((port) => port.netdevs));
  const present = new Set(hca.netdevs.map(({ name }) => name));
  const recalled = before.netdevs.filter(
    ({ name }) => !reused.has(name) && !present.has(name) && (present.size === 0 || names.has(name)),
  );
  return recalled.length === 0 ? hca : { ...hca, ports, netdevs: joined(hca.netdevs, recalled) };
}

function recallPort(port: Port, before: Hca, reused: ReadonlySet<string>): Port {
  if (port.netdevs.length > 0) return port;
  const netdevs = before.ports.find(({ number }) => number === port.number)?.netdevs ?? [];
  return { ...port, netdevs: netdevs.filter((name) => !reused.has(name)) };
}

/** The state of a netdev in another network namespace is unknown, so nothing brings its link up. */
function joined(present: readonly Netdev[], recalled: readonly Netdev[]): readonly Netdev[] {
  const all = [...present, ...recalled.map((netdev) => ({ ...netdev, up: null }))];
  return all.toSorted((a, b) => compareNaturally(a.name, b.name));
}
