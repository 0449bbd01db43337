// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** This program as a child process. Passes its log lines to `onLine`. */
export class ChildProgram {
  private child: ChildProcess | null = null;
  private exited: Promise<number | null> = Promise.resolve(null);

  constructor(
    private readonly words: readonly string[],
    private readonly onLine: (line: string) => void,
  ) {}

  start(): void {
    const script = process.argv[1];
    // A single executable has no script: its arguments start where the name of the script would be.
    const head = script === undefined || script === process.execPath ? [] : [script];
    const child = spawn(process.execPath, [...head, ...this.words], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    this.exited = new Promise((resolve) => child.once('exit', resolve));
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', this.onLine);
  }

  /** Sends SIGTERM and waits. Resolves to the exit code, or to null if a signal ended the process. */
  async stop(): Promise<number | null> {
    this.child?.kill('SIGTERM');
    return await this.exited;
  }

  /** Sends SIGKILL, so that no process is left after a failure. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }
}
