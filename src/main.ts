// SPDX-License-Identifier: Apache-2.0
import { ProblemError } from '#domain/problem/problem.ts';
import type { Command, RunOptions } from '#adapters/cli/command.ts';
import { parseArguments } from '#adapters/cli/parse-arguments.ts';
import { endProcess } from '#adapters/host/end-process.ts';
import { sizeThreadPool } from '#adapters/host/thread-pool.ts';
import { logError, logProblem } from '#ports/logger.ts';
import {
  type Program,
  createDoctorParts,
  createExplainParts,
  createHcaDiscovery,
  createLogger,
  createProgram,
} from './program.ts';
import { build, versionLine } from './version.ts';

const exitCode = { success: 0, problem: 1 } as const;

/** How long the daemon may take to stop. Kubernetes kills it much later, but users wait for it. */
const stopMs = 1_800;
/** How long to wait at the end for a reader of the log. */
const flushMs = 150;

/** Until the arguments are parsed, defects are logged in the default format. */
let logger = createLogger({ level: 'info', format: 'text' });

async function main(words: readonly string[]): Promise<number> {
  const parsed = parseArguments(words, process.env);
  if (parsed.kind === 'exit') {
    (parsed.status === 0 ? process.stdout : process.stderr).write(parsed.text);
    return parsed.status;
  }
  logger = createLogger(parsed.log);
  return await execute(parsed.command);
}

async function execute(command: Command): Promise<number> {
  switch (command.name) {
    case 'run':
      return await run(command.options);
    case 'discover':
      return await discover(command);
    case 'explain':
      return await explain(command);
    case 'doctor':
      return await doctor(command);
    case 'check':
      return await check(command);
    case 'init': {
      const inventory = await (await createHcaDiscovery(command.discovery, logger)).scan();
      process.stdout.write((await import('./commands/init.ts')).initialSettings(inventory));
      return exitCode.success;
    }
    case 'convert': {
      const { convertFile } = await import('./commands/convert.ts');
      process.stdout.write(await convertFile(command.file, command.format));
      return exitCode.success;
    }
    case 'capture': {
      const { capture } = await import('./commands/capture.ts');
      await capture(command.options, (text) => process.stdout.write(text));
      return exitCode.success;
    }
    case 'status':
      return await status(command);
    case 'validate': {
      const { text, valid } = await (await import('./commands/validate.ts')).validateFiles(command.options);
      process.stdout.write(text);
      return valid ? exitCode.success : exitCode.problem;
    }
    case 'completion': {
      const { completionScript } = await import('./commands/completion.ts');
      process.stdout.write(completionScript(command.shell));
      return exitCode.success;
    }
    case 'schema':
      process.stdout.write((await import('./commands/schema.ts')).schemaText(command.subject));
      return exitCode.success;
    case 'demo':
      return await (await import('./demo/command.ts')).demo();
    case 'version':
      process.stdout.write(`${command.json ? JSON.stringify(build) : versionLine()}\n`);
      return exitCode.success;
  }
}

async function run(options: RunOptions): Promise<number> {
  try {
    await serve(options);
    return exitCode.success;
  } catch (error) {
    logError(logger, error);
    return exitCode.problem;
  }
}

async function serve(options: RunOptions): Promise<void> {
  const signalled = firstSignal();
  // Without a listener, SIGHUP would end the process.
  let reload = (): void => {};
  process.on('SIGHUP', () => reload());
  // Without a listener, Node.js opens a debugger port, over which anybody on the node can run code.
  process.on('SIGUSR1', () => logger.log('debug', 'ignoring signal', { signal: 'SIGUSR1' }));
  const { daemon, http } = await createProgram(options, logger);
  await startHttp(http, options.http);
  reload = () => void daemon.reload();
  try {
    // A signal during the start does not wait for its end.
    const first = await Promise.race([daemon.start().then(() => 'started' as const), signalled]);
    if (first === 'started') logger.log('info', first, { ...build, pid: process.pid });
    logger.log('info', 'stopping', { signal: await signalled });
  } finally {
    const stopped = daemon.stop().then(() => http?.stop());
    await atMost(stopMs, stopped);
  }
}

async function startHttp(http: Program['http'], { statusSocket }: RunOptions['http']): Promise<void> {
  if (http === null) return;
  const { port, socketProblem } = await http.start();
  if (port !== null) logger.log('info', 'serving HTTP', { port });
  if (socketProblem !== null) logProblem(logger, 'warning', socketProblem);
  else if (statusSocket !== null) logger.log('debug', 'serving status', { socket: statusSocket });
}

async function discover({ discovery, output }: Extract<Command, { readonly name: 'discover' }>): Promise<number> {
  const inventory = await (await createHcaDiscovery(discovery, logger)).scan();
  const { formatInventory } = await import('./commands/discover.ts');
  process.stdout.write(await formatInventory(inventory, output));
  return exitCode.success;
}

async function explain({ options, output }: Extract<Command, { readonly name: 'explain' }>): Promise<number> {
  const parts = await createExplainParts(options, logger);
  const { formatExplanation } = await import('./commands/explain.ts');
  process.stdout.write(await formatExplanation(parts, options.target, output));
  return exitCode.success;
}

async function doctor({ options, output }: Extract<Command, { readonly name: 'doctor' }>): Promise<number> {
  const parts = await createDoctorParts(options, logger);
  const { diagnose } = await import('./commands/doctor.ts');
  const { text, isGood } = await diagnose(parts, output, process.stdout.isTTY);
  process.stdout.write(text);
  return isGood ? exitCode.success : exitCode.problem;
}

async function check({ options, output }: Extract<Command, { readonly name: 'check' }>): Promise<number> {
  const { checkPod } = await import('./commands/check.ts');
  const { text, isGood } = await checkPod(options, output, process.stdout.isTTY);
  process.stdout.write(text);
  return isGood ? exitCode.success : exitCode.problem;
}

async function status({ options, output }: Extract<Command, { readonly name: 'status' }>): Promise<number> {
  const { showStatus } = await import('./commands/status.ts');
  const { text, isReady } = await showStatus(options, output);
  process.stdout.write(text);
  return isReady ? exitCode.success : exitCode.problem;
}

function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) process.on(signal, resolve);
  });
}

/** Waits for `work`, but no longer than `ms`. The timer is never cleared: each caller exits the process next. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const deadline = new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
  await Promise.race([work, deadline]);
}

/** Problems are printed for the user. Any other error is a defect, which the log shows with its stack. */
function reportFailure(error: unknown): number {
  if (error instanceof ProblemError) {
    for (const { message, remedy } of error.problems) process.stderr.write(`error: ${message}\n  ${remedy}\n`);
  } else {
    logError(logger, error);
  }
  return exitCode.problem;
}

function flush(stream: NodeJS.WriteStream): Promise<unknown> {
  return new Promise((resolve) => stream.write('', resolve));
}

/** Waits for the reader of the output, however slow, but not for the reader of the log, which may be stuck. */
async function end(code: number): Promise<never> {
  await Promise.all([flush(process.stdout), atMost(flushMs, flush(process.stderr))]);
  return await endProcess(code);
}

sizeThreadPool(process.env);
// A reader that exits early, such as `head`, is not an error. A full disk is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`error: cannot write the output: ${error.message}\n  Free disk space, or write elsewhere.\n`);
  process.exit(exitCode.problem);
});
// Nothing is awaited any more although the program has not ended, which is a defect.
process.on('beforeExit', () => void end(reportFailure(new Error('the program has nothing left to wait for'))));
process.on('uncaughtException', (error) => void end(reportFailure(error)));
void main(process.argv.slice(2)).then(end, (error: unknown) => end(reportFailure(error)));
