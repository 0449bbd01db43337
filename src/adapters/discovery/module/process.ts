// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { messageOf } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import { AnswerReader } from './answer-reader.ts';
import { limitOutput } from './limited-output.ts';
import { watchMemory } from './memory-watch.ts';
import { type ModuleRequest, descriptors, moduleProcessCode } from './process-code.ts';

/** The argument of a module's factory. `hostRoot` is the directory with the root of the host; the default is `/`. */
export interface ModuleOptions {
  readonly hostRoot: string;
}

/** Receives what a module posts, unchecked, and the end of its process with its cause. */
export interface ModuleListener {
  readonly onMessage: (message: unknown) => void;
  readonly onEnd: (cause: string) => void;
}

/** A module that runs on its own. The listener is not called after `end`. */
export interface ModuleProcess {
  post(request: ModuleRequest): void;
  end(): void;
}

/** Throws if the process cannot be started. */
export type StartModule = (specifier: string, options: ModuleOptions, listener: ModuleListener) => ModuleProcess;

/** Enough for a list of HCAs. */
const heapMb = 64;

/**
 * Returns a function that runs modules in processes of their own, where they can throw at any time, block, leak memory
 * inside and outside the heap, print or post without end, or crash, without affecting this program. What they print
 * goes to `log`: standard output belongs to the command.
 */
export function moduleStarter(clock: Clock, log: Writable = process.stderr): StartModule {
  return (specifier, options, listener) => {
    const child = spawn(
      process.execPath,
      [`--max-old-space-size=${heapMb}`, '--eval', moduleProcessCode, specifier, JSON.stringify(options)],
      { stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] },
    );
    return new StartedModule(child, { clock, log, listener });
  };
}

class StartedModule implements ModuleProcess {
  private hasEnded = false;
  private readonly stops: (() => void)[] = [];
  private readonly listener: ModuleListener;

  constructor(
    private readonly child: ChildProcess,
    { clock, log, listener }: { readonly clock: Clock; readonly log: Writable; readonly listener: ModuleListener },
  ) {
    this.listener = listener;
    child.once('error', (error) => this.kill(`its process could not be started: ${messageOf(error)}`));
    child.once('exit', (code, signal) => this.kill(`its process ended with ${signal ?? `code ${code}`}`));
    child.stdin?.on('error', () => {});
    const [answers, lifeline] = [child.stdio[descriptors.answers], child.stdio[descriptors.lifeline]];
    lifeline?.on('error', () => {});
    const reader = new AnswerReader(clock, {
      onMessage: (message) => this.receive(message),
      onExcess: (excess) => this.kill(excess),
    });
    if (answers instanceof Readable) answers.on('error', () => {}).on('data', (part: Buffer) => reader.take(part));
    for (const stream of [child.stdout, child.stderr])
      if (stream !== null) this.stops.push(limitOutput(stream, log, clock));
    if (child.pid === undefined) return;
    preferForOomKill(child.pid);
    this.stops.push(watchMemory(child.pid, clock, (excess) => this.kill(excess)));
  }

  post(request: ModuleRequest): void {
    if (this.child.stdin instanceof Writable) this.child.stdin.write(`${JSON.stringify(request)}\n`);
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    for (const stop of this.stops) stop();
    this.child.kill('SIGKILL');
    for (const stream of this.child.stdio) stream?.destroy();
  }

  private receive(message: unknown): void {
    if (this.hasEnded) return;
    const crash = crashOf(message);
    if (crash === null) this.listener.onMessage(message);
    else this.kill(crash);
  }

  private kill(cause: string): void {
    if (this.hasEnded) return;
    this.end();
    this.listener.onEnd(cause);
  }
}

/** Returns how a module crashed: its message and stack. */
function crashOf(message: unknown): string | null {
  if (typeof message !== 'object' || message === null) return null;
  const crash: unknown = Reflect.get(message, 'crash');
  if (typeof crash !== 'object' || crash === null) return null;
  const stack: unknown = Reflect.get(crash, 'stack');
  return typeof stack === 'string' ? stack : `it crashed: ${String(Reflect.get(crash, 'message'))}`;
}

/** If the memory of the container is used up, the kernel ends the module rather than this program. */
function preferForOomKill(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // It has ended, or there is no /proc.
  }
}
