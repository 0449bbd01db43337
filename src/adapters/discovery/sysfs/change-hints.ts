// SPDX-License-Identifier: Apache-2.0
import { deviceNodeKinds } from '#domain/hca/hca.ts';
import type { LinuxHost } from '#adapters/host/root.ts';
import type { Cancel } from '#ports/clock.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { pollLinks } from './link-poll.ts';
import { watchNodes } from './node-watch.ts';

const nodePatterns = deviceNodeKinds.map((kind) => `/dev/infiniband/${kind}*`);

/**
 * Watches `/dev/infiniband`, where hot plug adds and removes names. That directory itself appears with the first node
 * and disappears with the last. Nothing announces a rename or a change of the netns mode: only a scan finds those.
 */
export class SysfsChangeHints implements HcaChangeHints {
  constructor(private readonly host: LinuxHost) {}

  watch(onHint: () => void): Cancel {
    return watchNodes(this.host, nodePatterns, onHint);
  }

  watchLinks(onHint: () => void): Cancel {
    return pollLinks(this.host, onHint);
  }
}
