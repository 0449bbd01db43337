// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { livenessMs } from './node-fixture.ts';

/** The built program. */
export const programFile = fileURLToPath(new URL('../../dist/rdma-shared-dp.js', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The built program as a process, in an environment without settings of ours. `within` is a command that runs it in its own place. */
export class AProgram {
  private readonly child: ChildProcess;
  private out = '';
  private err = '';
  readonly ended: Promise<Ended>;

  constructor(
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    within: readonly string[] = [],
  ) {
    if (!existsSync(programFile)) throw new Error(`${programFile} is not there: run npm run build`);
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(RDMA_DP_|NODE_)/.test(name)),
    );
    const [command = '', ...rest] = [...within, process.execPath, programFile, ...words];
    this.child = spawn(command, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      env: { ...inherited, ...environment },
    });
    this.child.stdout?.on('data', (bytes: Buffer) => (this.out += bytes.toString()));
    this.child.stderr?.on('data', (bytes: Buffer) => (this.err += bytes.toString()));
    this.ended = new Promise((resolve) => {
      this.child.once('close', (status, signal) => resolve({ status, signal, out: this.out, err: this.err }));
    });
  }

  get log(): string {
    return this.err;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  send(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.send(signal);
    return await this.ended;
  }
}

/** Runs the program to its end; one that does not end is killed, and shows so by its signal. */
export async function runProgram(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const run = new AProgram(words, environment);
  const timer = setTimeout(() => run.send('SIGKILL'), livenessMs);
  const ended = await run.ended;
  clearTimeout(timer);
  return ended;
}
