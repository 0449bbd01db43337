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

  private constructor(
    private readonly server: ChildProcess,
    path: string,
  ) {
    this.held = heldFile(path);
  }

  /** Covers a file that exists. */
  static async over(path: string): Promise<StuckFile> {
    rmSync(heldFile(path), { force: true });
    const server = spawn('python3', [script, path, heldFile(path)], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(server.stdout, 'data');
    return new StuckFile(server, path);
  }

  hold(): void {
    writeFileSync(this.held, '');
  }

  release(): void {
    rmSync(this.held, { force: true });
  }

  async close(): Promise<void> {
    this.release();
    this.server.stdin?.end();
    await once(this.server, 'exit');
  }
}

function heldFile(path: string): string {
  return `${path}.held`;
}
