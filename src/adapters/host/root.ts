// SPDX-License-Identifier: Apache-2.0
import { closeSync, type Dirent, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { dirname, posix, resolve } from 'node:path';
import { ProblemError, createProblem } from '#domain/problem/problem.ts';
import { attributeFlags, attributeLimit } from './attribute-file.ts';

const maxLinkChain = 8;

/**
 * The directory that holds the host's `/sys` and `/dev`: `/`, or the place where a container has them mounted. All
 * paths on the host are made from it. Reads are synchronous, bounded, and never throw: what cannot be read, for
 * whatever reason (ENOENT, EINVAL, ENOTSUP, EACCES, ...), is null or empty. Links are followed inside the root only.
 * Attributes that the kernel answers by calling a driver must be read through DriverReads instead.
 */
export class HostRoot {
  readonly directory: string;
  private readonly prefix: string;
  private readonly buffer = Buffer.alloc(attributeLimit + 1);

  constructor(directory: string) {
    this.directory = resolve(directory);
    this.prefix = this.directory === '/' ? '' : this.directory;
  }

  /** Throws a ProblemError with code HOST_ROOT_NO_SYSFS if the root has no sysfs. */
  check(): void {
    const sysfs = this.path('sys');
    if (this.exists(`${sysfs}/class`)) return;
    throw new ProblemError([
      createProblem('HOST_ROOT_NO_SYSFS', {
        subject: this.directory,
        message: `The host root has no sysfs: ${sysfs}/class does not exist.`,
        remedy:
          `Mount the host's /sys at ${sysfs}, ` +
          "or set --host-root to the directory that holds the host's sys and dev.",
      }),
    ]);
  }

  /** Returns the path of the host's `/<parts>` as this process sees it. */
  path(...parts: readonly string[]): string {
    return `${this.prefix}/${parts.join('/')}`;
  }

  /** Returns a path of this process as the host sees it. */
  hostPath(path: string): string {
    return path.startsWith(`${this.prefix}/`) ? path.slice(this.prefix.length) : path;
  }

  /** Returns the text of a file; null if it is unreadable, a directory, or longer than a sysfs attribute can be. */
  readText(path: string): string | null {
    return attempt(() => this.readAttribute(path), null);
  }

  private readAttribute(path: string): string | null {
    const file = openSync(path, attributeFlags);
    try {
      const length = readSync(file, this.buffer, 0, this.buffer.length, 0);
      return length > attributeLimit ? null : this.buffer.toString('utf8', 0, length);
    } finally {
      closeSync(file);
    }
  }

  /** Returns the names in a directory, in no order. */
  listNames(path: string): readonly string[] {
    return attempt<readonly string[]>(() => readdirSync(path), []);
  }

  /** Returns the target of a link, also of a dangling one: `driver` links dangle in captured hosts. */
  linkTarget(path: string): string | null {
    return attempt(() => readlinkSync(path), null);
  }

  /** Returns whether the name exists, even as a dangling link. */
  exists(path: string): boolean {
    return this.stat(path) !== null;
  }

  isDirectory(path: string): boolean {
    return this.stat(path)?.isDirectory() ?? false;
  }

  /** Returns what stands at a path that is no device node, in words: `a directory`; null if nothing does. */
  kindOf(path: string): string | null {
    const stats = this.stat(path);
    if (stats === null) return null;
    if (stats.isDirectory()) return 'a directory';
    if (stats.isSymbolicLink()) return 'a link';
    if (stats.isBlockDevice()) return 'a block device';
    if (stats.isFIFO()) return 'a named pipe';
    return stats.isSocket() ? 'a socket' : 'a plain file';
  }

  /** Whether a directory and all directories above it in the root are directories, not links to some. */
  isWithoutLinks(directory: string): boolean {
    const parts = directory
      .slice(this.prefix.length)
      .split('/')
      .filter((part) => part !== '');
    return parts.every((_, i) => this.isDirectory(this.path(...parts.slice(0, i + 1))));
  }

  /**
   * Returns the names of the character devices in a directory, in no order. In a captured host, plain files represent
   * these.
   */
  listNodes(path: string): readonly string[] {
    const entries = attempt<readonly Dirent[]>(() => readdirSync(path, { withFileTypes: true }), []);
    const takesFiles = entries.some((entry) => entry.isFile()) && this.isCapture();
    return entries
      .filter((entry) => entry.isCharacterDevice() || (takesFiles && entry.isFile()))
      .map(({ name }) => name);
  }

  /** Every Linux host has `/dev/null` (Documentation/admin-guide/devices.rst), and an archive does not. */
  private isCapture(): boolean {
    return this.stat(this.path('dev', 'null'))?.isCharacterDevice() !== true;
  }

  /**
   * Returns the end of a chain of links, resolved as if the root were `/`; the path itself if it is not a link; null
   * where it does not exist. The directories in `path` must not be links.
   */
  follow(path: string): string | null {
    const first = this.linkTarget(path);
    // Nearly every path is a link, and a stat costs three times as much as reading its target.
    let place = first === null ? path : this.resolveInside(path, first);
    for (let hops = 0; hops < maxLinkChain; hops += 1) {
      const stats = this.stat(place);
      if (stats === null) return null;
      if (!stats.isSymbolicLink()) return place;
      const target = this.linkTarget(place);
      if (target === null) return null;
      place = this.resolveInside(place, target);
    }
    return null;
  }

  private resolveInside(link: string, target: string): string {
    const absolute = target.startsWith('/') ? target : `${dirname(this.hostPath(link))}/${target}`;
    return `${this.prefix}${posix.normalize(absolute)}`;
  }

  private stat(path: string): Stats | null {
    return attempt(() => lstatSync(path, { throwIfNoEntry: false }) ?? null, null);
  }
}

/**
 * Returns the result of a read, or `otherwise` if it fails. Reads of sysfs fail often: nearly all entries of a GID
 * table are empty, for example. The stack trace of the error would take two thirds of the time of such a read.
 */
function attempt<T>(read: () => T, otherwise: T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return read();
  } catch {
    return otherwise;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
