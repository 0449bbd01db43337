// SPDX-License-Identifier: Apache-2.0
import { fileIdentity, removeFile } from './socket-file.ts';

/**
 * Socket files that could not be deleted when their server closed, because their directory could not be written to. In the
 * registry the kubelet goes on dialling them, so they go as soon as they can.
 */
export class Leftovers {
  private readonly paths = new Set<string>();

  add(path: string): void {
    this.paths.add(path);
  }

  /** Cheap where there are none. */
  sweep(): void {
    for (const path of this.paths) {
      if (removeFile(path) || fileIdentity(path) === null) this.paths.delete(path);
    }
  }
}
