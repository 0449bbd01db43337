// SPDX-License-Identifier: Apache-2.0
import { matchesNodePattern } from '#domain/hca/device-node-path.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { LinuxHost } from '#adapters/host/linux-host.ts';
import type { Cancel } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import { directoriesOf, watchNodes } from './node-watch.ts';

/** Finds device nodes under the host's `/dev`, where devtmpfs and udev create them. Links lead to none. */
export class DevExtraNodes implements ExtraNodes {
  constructor(private readonly host: LinuxHost) {}

  async find(patterns: readonly string[]): Promise<readonly string[]> {
    const { root } = this.host;
    const directories = directoriesOf(patterns).filter((one) => root.isWithoutLinks(root.path(one.slice(1))));
    const paths = directories.flatMap((directory) =>
      root.listNodes(root.path(directory.slice(1))).map((name) => `${directory}/${name}`),
    );
    return paths
      .filter((path) => !/\p{C}/u.test(path) && patterns.some((pattern) => matchesNodePattern(pattern, path)))
      .toSorted(compareNaturally);
  }

  watch(patterns: readonly string[], onHint: () => void): Cancel {
    return watchNodes(this.host, patterns, onHint);
  }
}
