// SPDX-License-Identifier: Apache-2.0
import { Worker } from 'node:worker_threads';
import { messageOf } from '#domain/problem/problem.ts';
import { type ModuleRequest, moduleWorkerCode } from './worker-code.ts';

/** The argument of a module's factory. `hostRoot` is the directory with the root of the host; the default is `/`. */
export interface ModuleOptions {
  readonly hostRoot: string;
}

/** Receives what a module posts, unchecked, and the end of its thread. */
export interface ModuleListener {
  readonly onMessage: (message: unknown) => void;
  readonly onEnd: (cause: string) => void;
}

/** A module that runs on its own. The listener is not called after `end`. */
export interface ModuleThread {
  post(request: ModuleRequest): void;
  end(): void;
}

export type StartModule = (specifier: string, options: ModuleOptions, listener: ModuleListener) => ModuleThread;

/** Enough for a list of HCAs. A module that leaks memory ends its own thread, not the program. */
const memoryMb = 128;

/**
 * Runs a module in a thread of its own, where it can throw at any time, block, leak memory or exit without affecting
 * the program. Its standard output goes to standard error, because ours belongs to the command.
 */
export const startModuleThread: StartModule = (specifier, options, { onMessage, onEnd }) => {
  const worker = new Worker(moduleWorkerCode, {
    eval: true,
    name: `discovery module ${specifier}`,
    workerData: { specifier, options },
    stdout: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  let hasEnded = false;
  const reportEnd = (cause: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    onEnd(cause);
  };
  worker.stdout.pipe(process.stderr, { end: false });
  worker.on('message', (message: unknown) => {
    if (!hasEnded) onMessage(message);
  });
  worker.on('error', (error: unknown) => reportEnd(messageOf(error)));
  worker.on('exit', (code) => reportEnd(`its thread exited with code ${code}`));
  return {
    post: (request) => worker.postMessage(request, []),
    end: () => {
      hasEnded = true;
      void worker.terminate();
    },
  };
};
