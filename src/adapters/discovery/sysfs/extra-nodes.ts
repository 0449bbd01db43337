// SPDX-License-Identifier: Apache-2.0
import { matchesNodePattern, splitNodePath } from '#domain/hca/device-node-path.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import { watchDirectory } from '#adapters/host/directory-hints.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import { Debounce } from '#timing/debounce.ts';

const debounceMs = 200;

/** Finds device nodes under the host's `/dev`, where devtmpfs and udev create them. */
export class DevExtraNodes implements ExtraNodes {
  private readonly root: HostRoot;
  private readonly clock: Clock;

  constructor(host: { readonly root: HostRoot; readonly clock: Clock }) {
    this.root = host.root;
    this.clock = host.clock;
  }

  async find(patterns: readonly string[]): Promise<readonly string[]> {
    const paths = new Set<string>();
    for (const directory of directoriesOf(patterns)) {
      for (const name of this.root.listNames(this.onHost(directory))) {
        const path = `${directory}/${name}`;
        if (patterns.some((pattern) => matchesNodePattern(pattern, path)) && this.root.isNode(this.onHost(path)))
          paths.add(path);
      }
    }
    return [...paths].toSorted(compareNaturally);
  }

  watch(patterns: readonly string[], onHint: () => void): Cancel {
    const hint = new Debounce(this.clock, debounceMs, onHint);
    const stops = directoriesOf(patterns).map((directory) =>
      this.watchNodes(directory, patterns, () => hint.trigger()),
    );
    return () => {
      for (const stop of stops) stop();
      hint.stop();
    };
  }

  /** Watches a directory and all directories above it up to `/dev`: it can appear later or be replaced. */
  private watchNodes(directory: string, patterns: readonly string[], onChange: () => void): Cancel {
    const watchNames = (): Cancel =>
      watchDirectory(this.onHost(directory), (name) => {
        if (name === null || patterns.some((pattern) => matchesNodePattern(pattern, `${directory}/${name}`)))
          onChange();
      });
    let stopNames = watchNames();
    const rewatch = (): void => {
      stopNames();
      stopNames = watchNames();
      onChange();
    };
    const stopAbove = directory === '/dev' ? null : this.watchNodes(splitNodePath(directory)[0], [directory], rewatch);
    return () => {
      stopAbove?.();
      stopNames();
    };
  }

  private onHost(path: string): string {
    return this.root.path(path.slice(1));
  }
}

function directoriesOf(patterns: readonly string[]): readonly string[] {
  return [...new Set(patterns.map((pattern) => splitNodePath(pattern)[0]))];
}
