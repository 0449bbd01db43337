// SPDX-License-Identifier: Apache-2.0
import { watchDirectory } from '#adapters/host/directory-hints.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { Debounce } from '#timing/debounce.ts';
import { pollLinks } from './link-poll.ts';

// The kernel announces uverbs, umad and the RDMA device itself up to 35 ms apart.
const debounceMs = 200;
const relevantName = /^(infiniband|rdma_cm|(uverbs|umad|issm|ucm)\d+)$/;

/**
 * Watches `/dev/infiniband`, where hot plug adds and removes names. That directory itself appears with the first node
 * and disappears with the last. Nothing announces a rename or a change of the netns mode: only a scan finds those.
 */
export class SysfsChangeHints implements HcaChangeHints {
  private readonly root: HostRoot;
  private readonly clock: Clock;

  constructor(host: { readonly root: HostRoot; readonly clock: Clock }) {
    this.root = host.root;
    this.clock = host.clock;
  }

  watch(onHint: () => void): Cancel {
    const hint = new Debounce(this.clock, debounceMs, onHint);
    const stopWatching = this.watchDevices(() => hint.trigger());
    return () => {
      stopWatching();
      hint.stop();
    };
  }

  watchLinks(onHint: () => void): Cancel {
    return pollLinks(this.root, this.clock, onHint);
  }

  private watchDevices(onChange: () => void): Cancel {
    let stopNodes = this.watchNodes(onChange);
    const stopDev = watchDirectory(this.root.path('dev'), (name) => {
      if (!isRelevant(name)) return;
      // The watch of a removed directory stays silent, even when the directory is created again.
      stopNodes();
      stopNodes = this.watchNodes(onChange);
      onChange();
    });
    return () => {
      stopDev();
      stopNodes();
    };
  }

  private watchNodes(onChange: () => void): Cancel {
    return watchDirectory(this.root.path('dev', 'infiniband'), (name) => {
      if (isRelevant(name)) onChange();
    });
  }
}

function isRelevant(name: string | null): boolean {
  return name === null || relevantName.test(name);
}
