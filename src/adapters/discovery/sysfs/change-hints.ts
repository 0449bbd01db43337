// SPDX-License-Identifier: Apache-2.0
import { watchDirectory } from '#adapters/host/directory-hints.ts';
import type { HostRoot } from '#adapters/host/host-root.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { Debounce } from '#timing/debounce.ts';
import { pollLinks } from './link-poll.ts';

// The kernel announces uverbs, umad and the RDMA device itself up to 35 ms apart.
const debounceMs = 200;
const nodeOfInterest = /^(infiniband|rdma_cm|(uverbs|umad|issm|ucm)\d+)$/;

/**
 * Hot plug shows as names that come and go in `/dev/infiniband`, and that directory itself comes with the first node
 * and goes with the last. Nothing announces renames or netns mode: those need a scan.
 */
export class SysfsChangeHints implements HcaChangeHints {
  private readonly root: HostRoot;
  private readonly clock: Clock;

  constructor(host: { readonly root: HostRoot; readonly clock: Clock }) {
    this.root = host.root;
    this.clock = host.clock;
  }

  watch(onHint: () => void): () => void {
    const hint = new Debounce(this.clock, debounceMs, onHint);
    const stopWatching = this.watchDevices(() => hint.trigger());
    return () => {
      stopWatching();
      hint.stop();
    };
  }

  watchLinks(onHint: () => void): () => void {
    return pollLinks(this.root, this.clock, onHint);
  }

  private watchDevices(onChange: () => void): Cancel {
    let stopNodes = this.watchNodes(onChange);
    const stopDev = watchDirectory(this.root.path('dev'), (name) => {
      if (!isOfInterest(name)) return;
      // A watch of a directory that went stays silent for ever, also when the directory is there again.
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
      if (isOfInterest(name)) onChange();
    });
  }
}

function isOfInterest(name: string | null): boolean {
  return name === null || nodeOfInterest.test(name);
}
