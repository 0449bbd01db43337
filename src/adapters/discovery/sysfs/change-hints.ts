// SPDX-License-Identifier: Apache-2.0
import { deviceNodeKinds } from '#domain/hca/hca.ts';
import type { LinuxHost } from '#adapters/host/linux-host.ts';
import type { Cancel } from '#ports/clock.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { answerPollMs, linkPollMs, pollLinks } from './driver/link-poll.ts';
import { watchNodes } from './node-watch.ts';

const nodePatterns = deviceNodeKinds.map((kind) => `/dev/infiniband/${kind}*`);

/**
 * Watches `/dev/infiniband`, where hot plug adds and removes names. That directory itself appears with the first node
 * and disappears with the last. Nothing announces a rename or a change of the netns mode: only a scan finds those.
 * Every 10 s it also asks the driver of each HCA, so that an HCA that stops answering gets no more pods.
 */
export class SysfsChangeHints implements HcaChangeHints {
  /** With `separatesDrivers`, drivers are asked by another process from the first `watch` on, until it is stopped. */
  constructor(
    private readonly host: LinuxHost,
    private readonly options: { readonly separatesDrivers: boolean } = { separatesDrivers: false },
  ) {}

  watch(onHint: () => void): Cancel {
    const stops = [
      watchNodes(this.host, nodePatterns, onHint),
      pollLinks(this.host, answerPollMs, onHint),
      this.host.drivers.watch(onHint),
      ...(this.options.separatesDrivers ? [this.host.separateDrivers()] : []),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  watchLinks(onHint: () => void): Cancel {
    return pollLinks(this.host, linkPollMs, onHint);
  }
}
