// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';

const keptLines = 40;

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
  constructor(program: string, words: readonly string[], wrapper: readonly string[]) {
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(RDMA_DP_|NODE_)/.test(name)));
    const [file, ...rest] = [...wrapper, process.execPath, program, ...words];
    this.child = spawn(file ?? process.execPath, rest, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', env: inherited });
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
