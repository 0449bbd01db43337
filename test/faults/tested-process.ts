// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const keptLines = 40;

/** Where the parts of one program are: itself, what moves its wall clock, and the file that says how far. */
export interface ProgramFiles {
  readonly program: string;
  readonly jumpingClock: string;
  readonly clockFile: string;
}

/** The built program as a process that things are done to. */
export class TestedProcess {
  private readonly child: ChildProcess;
  private lines: string[] = [];
  private rest = '';
  private exit: { readonly status: number | null; readonly signal: NodeJS.Signals | null } | null = null;
  private firstLine: () => void = () => {};
  /** Resolves when it has said something, so that it minds its signals; or when it has ended. */
  readonly awake = new Promise<void>((resolve) => {
    this.firstLine = resolve;
  });
  readonly ended: Promise<void>;

  /** `wrapper`: words that stand before the program and become it by exec. */
  constructor(
    private readonly files: ProgramFiles,
    words: readonly string[],
    wrapper: readonly string[],
  ) {
    const { program, jumpingClock, clockFile } = files;
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(RDMA_DP_|NODE_)/.test(name)),
    );
    const [file, ...rest] = [...wrapper, process.execPath, '--require', jumpingClock, program, ...words];
    this.child = spawn(file ?? process.execPath, rest, {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
      env: { ...inherited, JUMPING_CLOCK: clockFile },
    });
    this.child.stderr?.on('data', (bytes: Buffer) => this.hear(bytes.toString()));
    this.ended = new Promise((resolve) => {
      this.child.once('exit', (status, signal) => {
        this.exit = { status, signal };
        this.firstLine();
        resolve();
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** How it ended; null while it lives. */
  get end(): { readonly status: number | null; readonly signal: NodeJS.Signals | null } | null {
    return this.exit;
  }

  get lastLines(): readonly string[] {
    return this.lines;
  }

  send(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Puts its wall clock ahead of the machine's, or behind it. */
  setClockAhead(ms: number): void {
    writeFileSync(this.files.clockFile, String(ms));
    this.send('SIGUSR2');
  }

  readLog(on: boolean): void {
    if (on) this.child.stderr?.resume();
    else this.child.stderr?.pause();
  }

  private hear(text: string): void {
    const parts = (this.rest + text).split('\n');
    this.rest = parts.pop() ?? '';
    this.lines = [...this.lines, ...parts].slice(-keptLines);
    if (parts.length > 0) this.firstLine();
  }
}
