// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const keptLines = 40;

/** The files that one instance of the program is started with. */
export interface ProgramFiles {
  readonly program: string;
  /** The module that shifts the wall clock of the program. */
  readonly jumpingClock: string;
  /** The file that holds how far, in milliseconds. */
  readonly clockFile: string;
}

interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built program as a process that faults are injected into. */
export class TestedProcess {
  private readonly child: ChildProcess;
  private lines: string[] = [];
  private partialLine = '';
  private exitOrNull: Exit | null = null;
  private setReady: () => void = () => {};
  /** Resolves when the program has logged that it read the settings, whatever they were, or when it has exited. */
  readonly ready = new Promise<void>((resolve) => {
    this.setReady = resolve;
  });
  readonly exited: Promise<void>;

  /** `wrapper` is a command that runs the program in its own place, by exec. */
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
    this.child.stderr?.on('data', (bytes: Buffer) => this.keepLines(bytes.toString()));
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (status, signal) => {
        this.exitOrNull = { status, signal };
        this.setReady();
        resolve();
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** How the program exited. Null while it runs. */
  get exit(): Exit | null {
    return this.exitOrNull;
  }

  /** The last lines of its log. */
  get lastLines(): readonly string[] {
    return this.lines;
  }

  send(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sets the program's wall clock to this many milliseconds ahead of the machine's, or behind it if negative. */
  setClockAhead(ms: number): void {
    writeFileSync(this.files.clockFile, String(ms));
    this.send('SIGUSR2');
  }

  /** Starts or stops reading the log. The pipe fills up while the test does not read. */
  readLog(enabled: boolean): void {
    if (enabled) this.child.stderr?.resume();
    else this.child.stderr?.pause();
  }

  private keepLines(text: string): void {
    const parts = (this.partialLine + text).split('\n');
    this.partialLine = parts.pop() ?? '';
    this.lines = [...this.lines, ...parts].slice(-keptLines);
    if (parts.some((line) => /settings applied|waiting for settings/.test(line))) this.setReady();
  }
}
