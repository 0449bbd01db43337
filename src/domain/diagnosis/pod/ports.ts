// SPDX-License-Identifier: Apache-2.0
import { firstOf } from '../../text/first-of.ts';
import { type Finding, bad, good, warning } from '../finding.ts';
import { type PodGid, type PodPort, addressOfGid } from './survey.ts';

/** How many GIDs a finding names. */
const gidsShown = 4;

/** Judges a port of an HCA that the container may use, and whether an address of this network namespace is its. */
export function portFindings(
  hca: string,
  { number, state, linkLayer, gids }: PodPort,
  netdevs: ReadonlyMap<string, string>,
): readonly Finding[] {
  const label = `Port ${number} of ${hca}`;
  if (state !== 'ACTIVE')
    return [
      bad(
        'ports',
        `${label} is ${state ?? 'in an unknown state'}.`,
        state === 'INIT'
          ? 'Wait for the subnet manager of the fabric, or start one.'
          : 'Check the cable and the switch, and that the network interface of the HCA is up on the host.',
      ),
    ];
  if (gids.length === 0)
    return [
      bad(
        'ports',
        `All GIDs of ${label.toLowerCase()} are zero: no network interface of this HCA is in the pod.`,
        missingNetdev,
      ),
    ];
  return [linkLayer === 'InfiniBand' ? good('ports', `${label} is active.`) : roceFinding(label, gids, netdevs)];
}

const missingNetdev =
  'Attach a network interface of this HCA to the pod, such as macvlan or ipvlan through Multus, ' +
  'or set hostNetwork: true.';

function roceFinding(label: string, gids: readonly PodGid[], netdevs: ReadonlyMap<string, string>): Finding {
  const mine = gids.filter(({ gid }) => netdevs.has(addressOfGid(gid)));
  const port = label.toLowerCase();
  if (mine.length === 0)
    return bad(
      'ports',
      `${label} is active, but none of its ${gids.length} GIDs is an address of this network namespace.`,
      missingNetdev,
    );
  const second = mine.filter(({ type }) => type === 'RoCE v2');
  const texts = (second.length > 0 ? second : mine).map(
    ({ index, gid }) => `${index} (${addressOfGid(gid)} on ${netdevs.get(addressOfGid(gid)) ?? ''})`,
  );
  const named = firstOf(texts, gidsShown);
  if (second.length === 0)
    return warning(
      'ports',
      `${label} has only GIDs of RoCE v1, which routers do not pass on: ${named}.`,
      `Give the network interface of ${port} an IPv4 or IPv6 address.`,
    );
  const what = texts.length === 1 ? 'The GID index of RoCE v2 is' : 'The GID indexes of RoCE v2 are';
  return good('ports', `${label} is active. ${what} ${named}.`);
}
