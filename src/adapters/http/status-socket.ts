// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '#adapters/host/error-code.ts';
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import type { HttpServer } from './server.ts';

/** The longest path of a Unix socket (`sun_path` in include/uapi/linux/un.h, less its end). */
const maxPathBytes = 107;

/**
 * The Unix socket of the command `status`. Only its owner can connect. It takes the path from an instance that started
 * earlier, which is ending or has been killed.
 */
export class StatusSocket {
  private inode: number | null = null;

  constructor(
    private readonly path: string,
    private readonly server: HttpServer,
  ) {}

  /** Returns what is wrong if the socket cannot be used; else null. Never rejects. */
  async open(): Promise<Problem | null> {
    const temporary = `${this.path}.${process.pid}`;
    try {
      // The system itself would cut the path off.
      if (Buffer.byteLength(temporary) > maxPathBytes) return this.unusable(`the path is longer than ${maxPathBytes}`);
      await makeDirectory(dirname(this.path));
      await rm(temporary, { force: true });
      await this.server.listen({ path: temporary });
      await chmod(temporary, 0o600);
      await rename(temporary, this.path);
      this.inode = (await stat(this.path)).ino;
      return null;
    } catch (error) {
      await this.server.close();
      return this.unusable(errorCode(error));
    }
  }

  /** Removes the socket unless a later instance has taken the path. Never rejects. */
  async close(): Promise<void> {
    if (this.inode === null) return;
    await this.server.close();
    const present = await stat(this.path).catch(() => null);
    if (present?.ino === this.inode) await rm(this.path, { force: true }).catch(() => {});
  }

  private unusable(cause: string): Problem {
    return createProblem('STATUS_SOCKET_UNUSABLE', {
      subject: '--status-socket',
      message: `${this.path} cannot be used: ${cause}. The command status cannot reach this program.`,
      remedy: 'Set --status-socket to a path in a directory that this program can write to, such as an emptyDir.',
    });
  }
}

/** Creates one directory and not its parents: below /proc, that would never end (nodejs/node issue 31481). */
async function makeDirectory(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
}
