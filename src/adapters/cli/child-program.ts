// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** This program once more, as a process of its own, with its log lines passed on. */
export class ChildProgram {
  private child: ChildProcess | null = null;
  private ended: Promise<number | null> = Promise.resolve(null);

  constructor(
    private readonly words: readonly string[],
    private readonly onLine: (line: string) => void,
  ) {}

  start(): void {
    const script = process.argv[1];
    // A single executable has no script: its own arguments begin where the script's name would stand.
    const head = script === undefined || script === process.execPath ? [] : [script];
    const child = spawn(process.execPath, [...head, ...this.words], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    this.ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', this.onLine);
  }

  /** Sends SIGTERM; resolves to the exit status, null when a signal ended it. */
  async stop(): Promise<number | null> {
    this.child?.kill('SIGTERM');
    return await this.ended;
  }

  /** For the case that something went wrong: never leaves a process behind. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }
}
