// SPDX-License-Identifier: Apache-2.0
import { type Finding, bad, good, warning } from '../finding.ts';

/** How a ping over RDMA ended. `no-tool`: the image has no rping. */
export type PeerResult =
  | { readonly kind: 'reached'; readonly pings: number }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'no-tool' };

export function peerFinding(host: string, result: PeerResult): Finding {
  switch (result.kind) {
    case 'reached':
      return good('peer', `${host} answered ${result.pings} pings over RDMA.`);
    case 'failed':
      return bad(
        'peer',
        `${host} cannot be reached over RDMA: ${result.reason}.`,
        `Run "rping -s -C 3" in the other pod first. Then check there what this command says, and the network between.`,
      );
    case 'no-tool':
      return warning(
        'peer',
        `${host} was not tried: this image has no rping.`,
        'Install rdmacm-utils (Debian) or librdmacm-utils (Fedora). ' +
          'Run "rping -s -C 3" in the other pod, then this again.',
      );
  }
}
