// SPDX-License-Identifier: Apache-2.0
import { ProblemError, createProblem } from '#domain/problem/problem.ts';
import { closeSync, constants, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { dirname, posix, resolve } from 'node:path';

/** A sysfs attribute is at most one page (`Documentation/filesystems/sysfs.rst`). */
const attributeLimit = 4096;
const longestLinkChain = 8;
// Without O_NONBLOCK, opening a FIFO that stands where a file should be would wait for a writer for ever.
const readFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * The directory in which the host's `/sys` and `/dev` stand: `/`, or where they are mounted in a container. Every path
 * on the host is made from it. Reads are synchronous, bounded, and never throw: what cannot be read, for whatever
 * reason (ENOENT, EINVAL, ENOTSUP, EACCES, ...), is null or empty. Links are followed inside the root only.
 */
export class HostRoot {
  readonly directory: string;
  private readonly prefix: string;
  private readonly buffer = Buffer.alloc(attributeLimit + 1);

  constructor(directory: string) {
    this.directory = resolve(directory);
    this.prefix = this.directory === '/' ? '' : this.directory;
  }

  /** The root, checked: throws as `check` does. */
  static at(directory: string): HostRoot {
    const root = new HostRoot(directory);
    root.check();
    return root;
  }

  /** Throws a ProblemError with code HOST_ROOT_NO_SYSFS where the root holds no sysfs. */
  check(): void {
    if (this.exists(this.path('sys', 'class'))) return;
    const sysfs = this.path('sys');
    throw new ProblemError([
      createProblem('HOST_ROOT_NO_SYSFS', {
        subject: this.directory,
        message: `The host's sysfs was looked for at ${sysfs}, and ${this.path('sys', 'class')} is not there.`,
        remedy: `Mount the host's /sys at ${sysfs}, or set --host-root to the directory that holds the host's sys and dev.`,
      }),
    ]);
  }

  /** Where this process finds `/<parts>` of the host. */
  path(...parts: readonly string[]): string {
    return `${this.prefix}/${parts.join('/')}`;
  }

  /** The path as people on the host know it. */
  hostPath(path: string): string {
    return path.startsWith(`${this.prefix}/`) ? path.slice(this.prefix.length) : path;
  }

  /** The text of a small file; null where it is unreadable, a directory, or longer than a sysfs attribute can be. */
  readText(path: string): string | null {
    let file: number | null = null;
    try {
      file = openSync(path, readFlags);
      const length = readSync(file, this.buffer, 0, this.buffer.length, 0);
      return length > attributeLimit ? null : this.buffer.toString('utf8', 0, length);
    } catch {
      return null;
    } finally {
      if (file !== null) closeSync(file);
    }
  }

  /** Names in a directory, in no order. */
  listNames(path: string): readonly string[] {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  }

  /** The text of a link, whether or not it leads anywhere: `driver` links dangle in captures. */
  linkTarget(path: string): string | null {
    try {
      return readlinkSync(path);
    } catch {
      return null;
    }
  }

  /** Whether something has this name, a dangling link included. */
  exists(path: string): boolean {
    return this.look(path) !== null;
  }

  isDirectory(path: string): boolean {
    return this.look(path)?.isDirectory() ?? false;
  }

  /** Whether this is a device that a program can open, or the plain file that stands for one in a capture of a host. */
  isNode(path: string): boolean {
    const found = this.look(path);
    return found !== null && (found.isCharacterDevice() || found.isFile());
  }

  /**
   * The place to which a chain of links leads, read as if the root were `/`; the path itself where it is no link; null
   * where nothing is there. Directories on the way to `path` must not be links.
   */
  follow(path: string): string | null {
    let place = path;
    for (let hops = 0; hops <= longestLinkChain; hops += 1) {
      const found = this.look(place);
      if (found === null) return null;
      if (!found.isSymbolicLink()) return place;
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

  private look(path: string): Stats | null {
    try {
      return lstatSync(path, { throwIfNoEntry: false }) ?? null;
    } catch {
      return null;
    }
  }
}
