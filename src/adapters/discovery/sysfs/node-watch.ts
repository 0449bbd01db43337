// SPDX-License-Identifier: Apache-2.0
import { matchesNodePattern, splitNodePath } from '#domain/hca/device-node-path.ts';
import { watchDirectory } from '#adapters/host/directory-hints.ts';
import type { LinuxHost } from '#adapters/host/linux-host.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import type { Cancel } from '#ports/clock.ts';
import { Debounce } from '#timing/debounce.ts';

// The kernel announces uverbs, umad and the RDMA device itself up to 35 ms apart.
const debounceMs = 200;

/** Calls `onHint`, once for a burst of changes, after a node that matches a pattern was added or removed. */
export function watchNodes({ root, clock }: LinuxHost, patterns: readonly string[], onHint: () => void): Cancel {
  const hint = new Debounce(clock, debounceMs, onHint);
  const stops = directoriesOf(patterns).map((path) => watchNames(root, path, patterns, () => hint.trigger()));
  return () => {
    for (const stop of stops) stop();
    hint.stop();
  };
}

/** Watches a directory and all directories above it up to `/dev`: it can appear later or be replaced. */
function watchNames(root: HostRoot, directory: string, patterns: readonly string[], onChange: () => void): Cancel {
  const watch = (): Cancel =>
    watchDirectory(root.path(directory.slice(1)), (name) => {
      if (name === null || patterns.some((pattern) => matchesNodePattern(pattern, `${directory}/${name}`))) onChange();
    });
  let stop = watch();
  const rewatch = (): void => {
    // The watch of a removed directory stays silent, even when the directory is created again.
    stop();
    stop = watch();
    onChange();
  };
  const stopAbove = directory === '/dev' ? null : watchNames(root, splitNodePath(directory)[0], [directory], rewatch);
  return () => {
    stopAbove?.();
    stop();
  };
}

/** Returns the directories of the patterns, each once. */
export function directoriesOf(patterns: readonly string[]): readonly string[] {
  return [...new Set(patterns.map((pattern) => splitNodePath(pattern)[0]))];
}
