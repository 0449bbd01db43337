// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('stuck-file.py', import.meta.url));

/** Whether this machine can mount such files: as root, with FUSE and Python. */
export const canMountStuckFiles =
  process.getuid?.() === 0 && existsSync('/dev/fuse') && spawnSync('python3', ['-c', '']).status === 0;

/** A file whose reads a test can hold, as a driver does that does not answer. */
export class StuckFile {
  private readonly held: string;

  private readonly exited: Promise<unknown>;

  private constructor(
    private readonly server: ChildProcess,
    private readonly path: string,
  ) {
    this.held = heldFile(path);
    this.exited = once(server, 'exit');
  }

  /** Covers a file that exists. */
  static async over(path: string): Promise<StuckFile> {
    rmSync(heldFile(path), { force: true });
    const server = spawn('python3', [script, path, heldFile(path)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const file = new StuckFile(server, path);
    const failed = file.exited.then(() => false);
    const mounted = once(server.stdout, 'data').then(() => true);
    if (!(await Promise.race([mounted, failed]))) throw new Error(`cannot hold reads of ${path}`);
    return file;
  }

  /** Resolves when a read waits. */
  async hold(): Promise<void> {
    writeFileSync(this.held, '');
    if (this.server.stdout !== null) await once(this.server.stdout, 'data');
  }

  release(): void {
    rmSync(this.held, { force: true });
  }

  /** Ends the file system while reads wait: they fail, and so does closing the file. */
  async fail(): Promise<void> {
    this.server.kill('SIGKILL');
    await this.close();
    spawnSync('umount', ['--lazy', this.path]);
  }

  async close(): Promise<void> {
    this.release();
    this.server.stdin?.end();
    await this.exited;
  }
}

function heldFile(path: string): string {
  return `${path}.held`;
}
