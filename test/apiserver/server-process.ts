// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { ended, isAlive } from '../support/processes.ts';

/** A server that tests kill and restart. It dies with this process. */
export class ServerProcess {
  private child: ChildProcess | null = null;

  constructor(
    private readonly command: readonly string[],
    private readonly logFile: string,
  ) {}

  get isRunning(): boolean {
    return this.child !== null && isAlive(this.child);
  }

  /** The end of its output. */
  get logEnd(): string {
    return readFileSync(this.logFile, 'utf8').slice(-2000);
  }

  start(): void {
    if (this.isRunning) throw new Error(`${this.command[0]} is running`);
    const log = openSync(this.logFile, 'a');
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...this.command], { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  async kill(): Promise<void> {
    if (this.child === null || !this.isRunning) return;
    this.child.kill('SIGKILL');
    await ended(this.child);
  }
}
