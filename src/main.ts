// SPDX-License-Identifier: Apache-2.0
import { ProblemError } from '#domain/problem/problem.ts';
import { type Arguments, type Invocation, parseArguments } from '#adapters/cli/parse-arguments.ts';
import { problemText } from '#adapters/cli/problem-text.ts';
import { type Program, createProgram } from './container.ts';
import { build, versionLine } from './version.ts';

const status = { good: 0, problem: 1, usage: 2 } as const;

/** How long the orderly end of the daemon may take; Kubernetes would kill it much later, users would wait till then. */
const stopMs = 1_800;
/** How long the last lines may wait for their reader. */
const flushMs = 150;

async function main(words: readonly string[]): Promise<number> {
  const asked: Arguments = parseArguments(words, process.env);
  if (asked.ask === 'stop') {
    (asked.status === 0 ? process.stdout : process.stderr).write(asked.text);
    return asked.status;
  }
  switch (asked.invocation.command) {
    case 'run':
      return await run(asked.invocation);
    case 'discover':
      return await discover(asked.invocation);
    case 'demo':
      return await (await import('./demo/command.ts')).demo();
    case 'version':
      return version(asked.invocation);
  }
}

async function run(invocation: Invocation): Promise<number> {
  const program = createProgram(invocation);
  try {
    await serve(program);
    return status.good;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    for (const problem of error.problems) program.tell(problem);
    return status.problem;
  }
}

async function serve({ daemon: makeDaemon, logger, metricsEndpoint }: Program): Promise<void> {
  const signalled = firstSignal(['SIGTERM', 'SIGINT', 'SIGQUIT']);
  // Unheard, the signal would end the process.
  let hangUp = (): void => {};
  process.on('SIGHUP', () => hangUp());
  if (metricsEndpoint !== null) logger.log('info', 'serving metrics', { port: await metricsEndpoint.start() });
  const daemon = makeDaemon();
  hangUp = () => void daemon.reload();
  try {
    // A signal that comes during the start is not kept waiting for its end.
    const first = await Promise.race([daemon.start().then(() => 'started' as const), signalled]);
    if (first === 'started') logger.log('info', first, { ...build, pid: process.pid });
    logger.log('info', 'stopping', { signal: await signalled });
  } finally {
    await atMost(
      stopMs,
      daemon.stop().then(() => metricsEndpoint?.stop()),
    );
  }
}

async function discover(invocation: Invocation): Promise<number> {
  const inventory = await createProgram(invocation).discovery().scan();
  const { showInventory } = await import('./commands/discover.ts');
  process.stdout.write(await showInventory(inventory, invocation.output ?? 'table'));
  return status.good;
}

function version(invocation: Invocation): number {
  process.stdout.write(`${invocation.output === 'json' ? JSON.stringify(build) : versionLine()}\n`);
  return status.good;
}

function firstSignal(signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of signals) process.on(signal, resolve);
  });
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** The only place that turns an error into an exit status. */
function statusOf(error: unknown): number {
  if (error instanceof ProblemError) {
    process.stderr.write(problemText(error.problems));
    return status.problem;
  }
  const cause =
    error instanceof Error
      ? process.env['RDMA_DP_LOG_LEVEL'] === 'debug'
        ? error.stack
        : error.message
      : String(error);
  process.stderr.write(
    `error: rdma-shared-dp met a defect of its own: ${cause}\n  Please report it, with the output under RDMA_DP_LOG_LEVEL=debug.\n`,
  );
  return status.problem;
}

function flush(stream: NodeJS.WriteStream): Promise<unknown> {
  return new Promise((resolve) => stream.write('', resolve));
}

/** What was asked for is delivered however slow its reader is; the log's reader may have stopped reading. */
async function end(code: number): Promise<never> {
  await Promise.all([flush(process.stdout), atMost(flushMs, flush(process.stderr))]);
  process.exit(code);
}

// A reader that leaves early, as `| head` does, is no failure; a disk that is full is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`error: the output cannot be written: ${error.message}\n  Write it to a place that takes it.\n`);
  process.exit(status.problem);
});
process.on('uncaughtException', (error) => void end(statusOf(error)));
void main(process.argv.slice(2)).then(end, (error: unknown) => end(statusOf(error)));
