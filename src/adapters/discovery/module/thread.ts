// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import { Worker } from 'node:worker_threads';
import { type ModuleRequest, moduleWorkerCode } from './worker-code.ts';

/** What the factory of a module is handed. `hostRoot` is where the host's root is found: `/` unless told. */
export interface ModuleOptions {
  readonly hostRoot: string;
}

/** What comes back from a module, not yet looked at; `failed` is the end of the whole thread. */
export interface ModuleListener {
  readonly onMessage: (message: unknown) => void;
  readonly onEnd: (cause: string) => void;
}

/** A module that is running somewhere apart. Nothing is heard of it after `end`. */
export interface ModuleThread {
  post(request: ModuleRequest): void;
  end(): void;
}

export type StartModule = (specifier: string, options: ModuleOptions, listener: ModuleListener) => ModuleThread;

/** Enough for a list of HCAs; a module that leaks ends its own thread, not the program. */
const memoryMb = 128;

/**
 * Runs a module in a thread of its own: there it may throw at any time, block, leak or exit without harm to others. What it
 * prints goes to standard error, for standard output belongs to whoever called the program.
 */
export const startModuleThread: StartModule = (specifier, options, { onMessage, onEnd }) => {
  const worker = new Worker(moduleWorkerCode, {
    eval: true,
    name: `discovery module ${specifier}`,
    workerData: { specifier, options },
    stdout: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  let over = false;
  const end = (cause: string): void => {
    if (over) return;
    over = true;
    onEnd(cause);
  };
  worker.stdout.pipe(process.stderr, { end: false });
  worker.on('message', (message: unknown) => {
    if (!over) onMessage(message);
  });
  worker.on('error', (error: unknown) => end(messageOf(error)));
  worker.on('exit', (code) => end(`its thread ended with status ${code}`));
  return {
    post: (request) => worker.postMessage(request, []),
    end: () => {
      over = true;
      void worker.terminate();
    },
  };
};
