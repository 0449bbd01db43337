// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ended, isAlive } from '../support/processes.ts';

const program = fileURLToPath(new URL('../../dist/rdma-shared-dp.js', import.meta.url));

/** The built program as a process. The kernel kills it when this process dies. */
export class PluginProcess {
  readonly log: string[] = [];
  private child: ChildProcess | null = null;

  constructor(private readonly words: readonly string[]) {}

  start(): void {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', process.execPath, program, ...this.words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    this.log.length = 0;
    createInterface({ input: child.stderr }).on('line', (line) => this.log.push(line));
  }

  /** Returns how often the process that was started last has logged a message. */
  count(message: string): number {
    return this.log.filter((line) => line.includes(message)).length;
  }

  /** Sends a signal and resolves to the exit code, or null after SIGKILL. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (this.child === null) return null;
    if (isAlive(this.child)) this.child.kill(signal);
    return ended(this.child);
  }
}
