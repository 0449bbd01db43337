// SPDX-License-Identifier: Apache-2.0
import { HostRoot } from '#adapters/host/root.ts';

/** A host root that remembers what is read. Paths are those of this process. */
export class RecordingRoot extends HostRoot {
  /** Files, links and directories. */
  readonly touched = new Set<string>();
  /** The directories whose names were listed, `/dev` aside. */
  readonly listed = new Set<string>();

  override readText(path: string): string | null {
    this.touched.add(path);
    return super.readText(path);
  }

  override listNames(path: string): readonly string[] {
    this.listed.add(path);
    return super.listNames(path);
  }

  override linkTarget(path: string): string | null {
    this.touched.add(path);
    return super.linkTarget(path);
  }

  override exists(path: string): boolean {
    this.touched.add(path);
    return super.exists(path);
  }

  override isDirectory(path: string): boolean {
    this.touched.add(path);
    return super.isDirectory(path);
  }
}
