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

/**
 * The built program as a process, without the RDMA_DP_ and NODE_ variables of this process. `wrapper` is a command that
 * runs the program in its own place, by exec.
 */
export class ProgramFixture {
  private readonly child: ChildProcess;
  private out = '';
  private err = '';
  readonly ended: Promise<Ended>;

  constructor(
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    wrapper: readonly string[] = [],
  ) {
    if (!existsSync(programFile)) throw new Error(`${programFile} does not exist: run npm run build`);
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(RDMA_DP_|NODE_)/.test(name)),
    );
    const [command = '', ...rest] = [...wrapper, process.execPath, programFile, ...words];
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

  /** Sends a signal and waits for the program to exit. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.send(signal);
    return await this.ended;
  }
}

/** Runs the program until it exits. Kills it after the liveness limit, which shows in `signal`. */
export async function runProgram(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const run = new ProgramFixture(words, environment);
  const timer = setTimeout(() => run.send('SIGKILL'), livenessMs);
  const ended = await run.ended;
  clearTimeout(timer);
  return ended;
}
